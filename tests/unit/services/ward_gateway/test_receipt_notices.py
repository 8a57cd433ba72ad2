"""DOMAIN §3.4 as a fold: 01, 02 and 03 over what is held, in the order of a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ward_gateway.domain.receipts import (
    RECEIPT_MACHINE,
    Held,
    Incoming,
    Notice,
    ReceiptState,
    Registration,
    identity_of,
    register,
)
from shared.kit.ids import new_id
from shared.kit.money import Yen

FIRST, SECOND, THIRD = Notice.PRELIMINARY, Notice.CONFIRMED, Notice.CANCELLED
TRANSFER = date(2025, 6, 13)
ID = UUID(int=1)


def notice(kind: Notice, identity: str = "a", amount: int = 1000) -> Incoming:
    paid_at = datetime(2025, 6, 10, tzinfo=UTC)
    transfer_date = TRANSFER if kind is SECOND else None
    return Incoming(
        kind,
        identity,
        "payeasy",
        "key",
        Yen(amount),
        paid_at,
        "1",
        "0001",
        "001",
        transfer_date,
        2,
    )


def held(state: ReceiptState, *, had_preliminary: bool = True) -> dict[str, Held]:
    transfer_date = None if state is ReceiptState.PRELIMINARY else TRANSFER
    return {"a": Held(ID, state, Yen(1000), transfer_date, had_preliminary)}


def fold(*notices: Incoming, books: dict[str, Held] | None = None) -> Registration:
    return register(books or {}, notices, iter(new_id, None))


def codes(plan: Registration) -> list[str]:
    return [finding.code for finding in plan.findings]


@pytest.mark.parametrize("state", list(ReceiptState))
def test_a_preliminary_that_is_known_is_a_duplicate_in_every_state(state) -> None:
    plan = fold(notice(FIRST), books=held(state))
    assert (plan.duplicates, plan.touched, codes(plan)) == (1, set(), [])


@pytest.mark.parametrize(
    ("state", "confirmed", "found"),
    [
        (ReceiptState.PRELIMINARY, 1, []),
        (ReceiptState.CONFIRMED, 0, []),
        (ReceiptState.FUNDED, 0, []),
        (ReceiptState.CANCELLED, 0, ["confirmed_after_cancelled"]),
    ],
)
def test_a_confirmation_moves_a_preliminary_only(state, confirmed, found) -> None:
    plan = fold(notice(SECOND), books=held(state))
    assert (len(plan.confirmed), codes(plan)) == (confirmed, found)


@pytest.mark.parametrize(
    ("state", "cancelled", "found"),
    [
        (ReceiptState.PRELIMINARY, 1, ["preliminary_cancelled"]),
        (ReceiptState.CONFIRMED, 0, ["cancellation_unmatched"]),
        (ReceiptState.FUNDED, 0, ["cancellation_unmatched"]),
        (ReceiptState.CANCELLED, 0, []),
    ],
)
def test_a_cancellation_takes_back_an_unconfirmed_receipt_only(state, cancelled, found) -> None:
    plan = fold(notice(THIRD), books=held(state))
    assert (len(plan.cancelled), codes(plan)) == (cancelled, found)


def test_a_cancellation_of_another_amount_is_not_equal_to_its_preliminary() -> None:
    plan = fold(notice(THIRD, amount=999), books=held(ReceiptState.PRELIMINARY))
    assert (plan.cancelled, codes(plan)) == ([], ["cancellation_unmatched"])


def test_a_confirmation_of_another_amount_or_day_changes_nothing() -> None:
    other = fold(notice(SECOND, amount=999), books=held(ReceiptState.PRELIMINARY))
    later = replace(notice(SECOND), transfer_date=date(2025, 6, 16))
    moved = fold(later, books=held(ReceiptState.CONFIRMED))
    assert (other.confirmed, codes(other)) == ({}, ["receipt_amount_differs"])
    assert (moved.confirmed, codes(moved)) == ({}, ["transfer_date_differs"])


def test_all_three_notices_in_one_file_are_folded_in_their_order() -> None:
    plan = fold(notice(FIRST), notice(THIRD), notice(FIRST, "b"), notice(SECOND, "b"))
    first, second = plan.added
    assert plan.cancelled == [first.id]
    assert plan.confirmed == {second.id: TRANSFER}


def test_a_second_receipt_of_the_same_minute_has_another_identity() -> None:
    day = date(2025, 6, 10)
    one = identity_of("mobile_banking", "9" * 44, day, "1234", "0000001")
    two = identity_of("mobile_banking", "9" * 44, day, "1234", "0000002")
    assert one != two


KINDS = st.sampled_from([FIRST, SECOND])
NOTICES = st.lists(st.tuples(KINDS, st.sampled_from("abc")), max_size=12)


def final(notices: list[tuple[Notice, str]]) -> dict[str, tuple[ReceiptState, bool]]:
    plan = fold(*(notice(kind, identity) for kind, identity in notices))
    followed = set(plan.preliminary_followed)
    return {
        new.incoming.identity: (
            ReceiptState.CONFIRMED if new.id in plan.confirmed else new.state,
            new.had_preliminary or new.id in followed,
        )
        for new in plan.added
    }


@given(NOTICES, st.randoms())
def test_the_books_do_not_show_in_which_order_01_and_02_came(notices, order) -> None:
    shuffled = list(notices)
    order.shuffle(shuffled)
    assert final(notices) == final(shuffled)


@given(NOTICES)
def test_the_same_file_twice_is_the_file_once(notices) -> None:
    assert final(notices + notices) == final(notices)


def test_the_receipts_table_is_sound() -> None:
    assert RECEIPT_MACHINE.unreachable() == frozenset()
    assert ReceiptState.CANCELLED in RECEIPT_MACHINE.terminal()
