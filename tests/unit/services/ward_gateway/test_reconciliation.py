"""Matching one channel's pay-in of one day, and what a reconciliation finds."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.domain.reconciliation import (
    FUNDING_MACHINE,
    Commission,
    Group,
    ReconciliationRules,
    find_excess,
    find_late,
    find_without_receipt,
    match_group,
)
from shared.kit.calendar import japanese_banks
from shared.kit.money import Yen
from tests.unit.services.ward_gateway.ward_books import a_deposit, a_receipt, an_id

YEN = st.integers(min_value=1, max_value=3000)


def test_an_exact_pay_in_funds_every_receipt() -> None:
    receipts = [a_receipt(1, yen=700), a_receipt(2, yen=300)]
    matching = match_group(receipts, [a_deposit(1, yen=1000)])
    assert matching.funded == {r.id for r in receipts}
    assert not matching.excess
    assert [row.yen for row in matching.fundings] == [700, 300]


def test_a_short_pay_in_funds_the_lower_identities_and_the_last_in_part() -> None:
    receipts = [a_receipt(3), a_receipt(1), a_receipt(2)]
    matching = match_group(receipts, [a_deposit(1, yen=1500)])
    assert matching.funded == {a_receipt(1).id}
    assert matching.short == {a_receipt(2).id, a_receipt(3).id}
    assert [(r.receipt_id, r.yen) for r in matching.fundings] == [
        (a_receipt(1).id, 1000),
        (a_receipt(2).id, 500),
    ]


def test_what_is_too_much_is_an_excess_of_the_last_deposit() -> None:
    matching = match_group([a_receipt(1)], [a_deposit(2, yen=400), a_deposit(1, yen=900)])
    (found,) = find_excess([matching])
    assert (found.code, found.subject_id, found.amount_yen) == (
        "deposit_excess",
        str(a_deposit(2).id),
        300,
    )


def test_a_deposit_without_any_receipt_is_wholly_excess() -> None:
    matching = match_group([], [a_deposit(1)])
    assert matching.fundings == ()
    assert [yen for _, yen in matching.excess] == [1000]


def test_a_late_group_is_named_by_channel_and_day() -> None:
    (found,) = find_late([(Group("payeasy", date(2025, 7, 4)), 500)])
    assert (found.code, found.subject_id, found.amount_yen) == (
        "funds_late",
        "payeasy:2025-07-04",
        500,
    )


def test_a_commission_waits_two_business_days_for_its_receipt() -> None:
    friday = Commission("1", date(2025, 7, 4), Yen(1000))

    def found_on(day: date) -> int:
        return len(find_without_receipt([friday], day, japanese_banks(), ReconciliationRules()))

    assert found_on(date(2025, 7, 8)) == 0
    assert found_on(date(2025, 7, 9)) == 1


def test_money_that_is_withdrawn_moves_a_receipt_back_and_nothing_else_is_new() -> None:
    moves = FUNDING_MACHINE.events
    assert moves[ReceiptState.FUNDED, ReceiptState.CONFIRMED] == "funding_withdrawn"
    assert FUNDING_MACHINE.terminal() == {ReceiptState.CANCELLED}
    assert not FUNDING_MACHINE.unreachable()


@given(st.lists(YEN, max_size=8), st.lists(YEN, max_size=5), st.randoms(use_true_random=False))
def test_matching_keeps_every_yen_and_no_order_of_arrival(owed, paid, random) -> None:
    receipts = [a_receipt(n, yen=yen) for n, yen in enumerate(owed)]
    deposits = [a_deposit(n, yen=yen) for n, yen in enumerate(paid, start=1)]
    matching = match_group(receipts, deposits)
    matched = sum(row.yen for row in matching.fundings)
    assert matched == min(sum(owed), sum(paid))
    assert matched + sum(yen for _, yen in matching.excess) == sum(paid)
    assert matching.funded | matching.short == {r.id for r in receipts}
    assert len({(r.receipt_id, r.deposit_id) for r in matching.fundings}) == len(matching.fundings)
    random.shuffle(receipts)
    random.shuffle(deposits)
    assert match_group(receipts, deposits) == matching
    assert an_id(0) not in matching.funded
