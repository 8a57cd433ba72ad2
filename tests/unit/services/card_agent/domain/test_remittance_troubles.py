"""What an order pays of what is due, with each trouble and with several."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.card_agent.domain.remittance_troubles import (
    RemittanceTrouble,
    TroubleKind,
    remittance_on,
)
from services.card_agent.domain.transfer_orders import DueCommission
from shared.kit.calendar import japanese_banks
from shared.kit.money import Yen

DUE, NEXT, LATER = date(2025, 6, 9), date(2025, 6, 10), date(2025, 6, 12)


def due(*yen: int, day: date = DUE) -> list[DueCommission]:
    return [
        DueCommission(UUID(int=n), Yen(amount), day, f"20250602{n:012x}", "9" * 44, day)
        for n, amount in enumerate(yen, start=1)
    ]


def trouble(kind: str, amount: int, day: date = DUE) -> RemittanceTrouble:
    return RemittanceTrouble(UUID(int=99), "131041", day, TroubleKind(kind), amount)


def paid(day: date, commissions: list[DueCommission], *troubles: RemittanceTrouble):
    found = remittance_on(day, commissions, troubles, japanese_banks())
    return [c.id.int for c in found.commissions], int(found.amount_yen)


def test_without_trouble_everything_due_is_paid_to_the_yen() -> None:
    assert paid(DUE, due(100, 200)) == ([1, 2], 300)
    assert paid(DUE, due(100, 200), trouble("unreported", 2)) == ([1, 2], 300)


def test_late_waits_whole_for_so_many_business_days() -> None:
    late = trouble("late", 3)
    assert paid(DUE, due(100, 200), late) == ([], 0)
    assert paid(date(2025, 6, 11), due(100, 200), late) == ([], 0)
    assert paid(LATER, due(100, 200), late) == ([1, 2], 300)


def test_late_keeps_nothing_back_that_is_designated_for_another_day() -> None:
    both = [*due(100), *(c for c in due(5, 200, day=NEXT) if c.id.int == 2)]
    assert paid(NEXT, both, trouble("late", 3)) == ([2], 200)


def test_partial_leaves_the_last_ones_to_the_next_order() -> None:
    partial = trouble("partial", 2)
    assert paid(DUE, due(100, 200, 300), partial) == ([1], 100)
    assert paid(NEXT, due(100, 200, 300)[1:], partial) == ([2, 3], 500)
    assert paid(DUE, due(100), partial) == ([], 0)


def test_short_pays_every_commission_with_fewer_yen() -> None:
    short = trouble("short", 7)
    assert paid(DUE, due(100, 200), short) == ([1, 2], 293)
    assert paid(NEXT, due(100, 200), short) == ([1, 2], 300)


def test_a_day_that_is_short_of_everything_pays_nothing_and_marks_nothing_paid() -> None:
    assert paid(DUE, due(100, 200), trouble("short", 300)) == ([], 0)


TROUBLES = st.lists(
    st.builds(trouble, st.sampled_from([k.value for k in TroubleKind]), st.integers(1, 5)),
    max_size=4,
)


@given(st.lists(st.integers(1, 999), max_size=6), TROUBLES, st.sampled_from([DUE, NEXT, LATER]))
def test_an_order_never_pays_more_than_is_due_and_never_nothing_for_something(
    yen, troubles, day
) -> None:
    found = remittance_on(day, due(*yen), troubles, japanese_banks())
    owed = sum(int(c.amount_yen) for c in found.commissions)
    assert set(found.commissions) <= set(due(*yen))
    assert 0 <= int(found.amount_yen) <= owed
    assert bool(found.commissions) == (int(found.amount_yen) > 0)
