"""計算書 × 確報 × 入金: whose day a receipt is, what a statement explains, what is named."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.matching import Group
from services.ward_gateway.domain.pay_in_statements import (
    Compared,
    confirmed_by_day,
    difference_of,
    find_statement_differences,
    statement_only,
    statement_sides,
)
from shared.kit.calendar import japanese_banks
from tests.unit.services.ward_gateway.ward_books import TRANSFER, a_deposit

FRIDAY, MONDAY = TRANSFER, date(2025, 7, 7)
FIRST, SECOND = Group("payeasy", FRIDAY), Group("payeasy", MONDAY)
AGREED = {"payeasy": date(2025, 6, 2)}
MISSING = ExceptionCode.PAY_IN_STATEMENT_MISSING
DIFFERS = ExceptionCode.PAY_IN_STATEMENT_DIFFERS
YEN = st.integers(0, 500)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({FIRST: 100}, {FIRST: 100, SECOND: 20}),  # its own day covers it: only its money is late
        ({SECOND: 120}, {FIRST: 0, SECOND: 120}),  # one order makes up for the other
        ({FIRST: 40, SECOND: 80}, {FIRST: 40, SECOND: 80}),
        ({}, {FIRST: 0, SECOND: 120}),
    ],
)
def test_a_receipt_counts_for_the_day_whose_pay_in_brought_it(stated, expected) -> None:
    own = {FIRST: 100, SECOND: 20}
    assert confirmed_by_day(own, {(FIRST, MONDAY): 100}, stated) == expected


@given(own=YEN, second=YEN, late=YEN, stated=st.dictionaries(st.sampled_from([FIRST, SECOND]), YEN))
def test_no_yen_of_a_receipt_is_lost_or_doubled_between_days(own, second, late, stated) -> None:
    crossing = {(FIRST, MONDAY): min(own, late)}
    by_day = confirmed_by_day({FIRST: own, SECOND: second}, crossing, stated)
    assert sum(by_day.values()) == own + second
    assert min(by_day.values()) >= 0


@pytest.mark.parametrize(
    ("compared", "found"),
    [
        (Compared(FIRST, 100, 100, 100), None),
        (Compared(FIRST, 100, 100, 39), None),  # late money is another exception's matter
        (Compared(FIRST, 100, 60, 100), (DIFFERS, 40)),
        (Compared(FIRST, 60, 100, 100), (DIFFERS, 40)),
        (Compared(FIRST, None, 100, 0), None),
        (Compared(FIRST, None, 100, 70), (MISSING, 70)),
        (Compared(FIRST, 0, 0, 70), None),
        (Compared(Group("payeasy", date(2025, 6, 1)), None, 100, 100), None),
        (Compared(Group("mobile_banking", FRIDAY), None, 100, 100), None),
    ],
)
def test_what_is_wrong_with_a_group(compared, found) -> None:
    assert difference_of(compared, AGREED) == found


def test_differences_are_named_from_the_next_day_and_missing_ones_a_business_day_later() -> None:
    groups = [Compared(FIRST, 1, 2, 2), Compared(SECOND, None, 3, 3)]

    def named_on(day: date) -> list[str]:
        found = find_statement_differences(groups, AGREED, day, japanese_banks())
        return [finding.code for finding in found]

    assert named_on(FRIDAY) == []
    assert named_on(date(2025, 7, 5)) == [DIFFERS]
    assert named_on(date(2025, 7, 8)) == [DIFFERS]
    assert named_on(date(2025, 7, 9)) == [DIFFERS, MISSING]


def test_awaited_yen_go_to_the_deposits_in_the_order_of_the_banks_lines() -> None:
    first, second = a_deposit(1), a_deposit(2)
    other_day = a_deposit(3, day=MONDAY)
    excess = [(second, 300), (first, 300), (other_day, 300)]
    assert statement_only(excess, {FIRST: 400}) == {first.id: 300, second.id: 100}
    assert statement_only(excess, {}) == {}


@given(st.lists(YEN, max_size=5), YEN)
def test_a_statement_explains_at_most_what_it_says_and_what_is_there(left_over, awaited) -> None:
    excess = [(a_deposit(n), yen) for n, yen in enumerate(left_over, 1)]
    explained = statement_only(excess, {FIRST: awaited})
    assert sum(explained.values()) == min(sum(left_over), awaited)
    assert all(explained.get(deposit.id, 0) <= yen for deposit, yen in excess)


@pytest.mark.parametrize(
    ("named", "sides", "explained"),
    [
        ({}, {FRIDAY: (100, 60)}, 0),
        ({(DIFFERS.value, FIRST.name): 39}, {FRIDAY: (100, 60)}, 0),  # not to the yen
        ({(DIFFERS.value, FIRST.name): 40}, {FRIDAY: (100, 100)}, 1),
    ],
)
def test_only_an_exception_line_of_the_same_yen_explains_a_difference(
    named, sides, explained
) -> None:
    groups = [Compared(FIRST, 60, 100, 100)]
    as_of = date(2025, 7, 9)
    found = list(statement_sides(groups, named, AGREED, as_of, japanese_banks()))
    assert found == [("payeasy", sides, explained)]
    too_young = date(2025, 7, 8)
    assert list(statement_sides(groups, named, AGREED, too_young, japanese_banks())) == []
