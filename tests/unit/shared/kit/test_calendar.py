"""Bank business days, and the due dates that follow from them (DOMAIN §6)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kit.calendar import instalment_due_date, japanese_banks

BANKS = japanese_banks()
DAYS = st.dates(date(2021, 1, 1), date(2027, 11, 30))

DUE = {
    2025: "06-30, 07-31, 09-01, 09-30, 10-31, 12-01, 01-05, 02-02, 03-02, 03-31",
    2026: "06-30, 07-31, 08-31, 09-30, 11-02, 11-30, 01-04, 02-01, 03-01, 03-31",
}


@pytest.mark.parametrize("fiscal_year", DUE)
def test_the_ten_instalments_are_due_on_these_days(fiscal_year):
    found = [instalment_due_date(BANKS, fiscal_year, n) for n in range(1, 11)]
    assert ", ".join(f"{day:%m-%d}" for day in found) == DUE[fiscal_year]
    # The bank's December ends in January.
    assert [day.year for day in found] == [fiscal_year] * 6 + [fiscal_year + 1] * 4


@pytest.mark.parametrize(("fiscal_year", "due"), [(2025, 5), (2026, 4)])
def test_edge_case_04_what_falls_on_31_december_is_due_when_banks_open_in_january(fiscal_year, due):
    assert instalment_due_date(BANKS, fiscal_year, 7) == date(fiscal_year + 1, 1, due)


def test_edge_case_05_31_august_on_a_sunday_is_due_on_1_september():
    assert date(2025, 8, 31).isoweekday() == 7
    assert instalment_due_date(BANKS, 2025, 3) == date(2025, 9, 1)


def test_the_last_instalment_of_2023_is_due_in_the_next_fiscal_year():
    assert instalment_due_date(BANKS, 2023, 10) == date(2024, 4, 1)


@pytest.mark.parametrize("instalment", [0, 11, -1])
def test_there_are_ten_instalments(instalment):
    with pytest.raises(ValueError, match="1 to 10"):
        instalment_due_date(BANKS, 2025, instalment)


@pytest.mark.parametrize(
    "closed",
    [
        "2025-01-01", "2025-01-02", "2025-01-03", "2025-12-31",  # banks' own days
        "2025-02-23", "2025-02-24",  # the Emperor's birthday on a Sunday, and its substitute
        "2026-09-22",  # a citizens' holiday between two holidays
        "2026-05-06",  # a substitute three days after its Sunday
        "2021-07-23", "2021-08-09",  # moved for the Olympic games
        "2025-06-07", "2025-06-08",  # a weekend
    ],
)  # fmt: skip
def test_banks_are_closed_on(closed):
    assert not BANKS.is_business_day(date.fromisoformat(closed))


@pytest.mark.parametrize(
    "opened", ["2025-01-06", "2025-12-30", "2025-06-02", "2021-07-19", "2021-10-11", "2026-05-07"]
)
def test_banks_are_open_on(opened):
    assert BANKS.is_business_day(date.fromisoformat(opened))


@pytest.mark.parametrize("day", [date(2020, 12, 31), date(2028, 1, 1)])
def test_a_day_that_the_data_does_not_cover_is_an_error_and_not_a_guess(day):
    with pytest.raises(ValueError, match="covers 2021-01-01 to 2027-12-31"):
        BANKS.is_business_day(day)


@given(DAYS)
def test_on_or_after_gives_the_first_business_day_from_there(day):
    found = BANKS.on_or_after(day)
    between = [day + timedelta(days=n) for n in range((found - day).days)]
    assert BANKS.is_business_day(found)
    assert not any(BANKS.is_business_day(other) for other in between)


@given(DAYS, st.integers(1, 10))
def test_adding_counts_business_days_only_and_not_the_first(day, business_days):
    found = BANKS.add(day, business_days)
    passed = [day + timedelta(days=n) for n in range(1, (found - day).days + 1)]
    assert sum(BANKS.is_business_day(other) for other in passed) == business_days
    assert BANKS.is_business_day(found)


@given(DAYS)
def test_adding_nothing_is_on_or_after(day):
    assert BANKS.add(day, 0) == BANKS.on_or_after(day)


def test_business_days_are_counted_over_the_turn_of_the_year():
    assert BANKS.add(date(2025, 12, 30), 1) == date(2026, 1, 5)
    assert BANKS.add(date(2025, 12, 27), 2) == date(2025, 12, 30)


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2024, 2, "2024-02-29"), (2025, 5, "2025-06-02"), (2025, 12, "2026-01-05")],
)
def test_a_months_end_moves_to_the_next_business_day(year, month, day):
    assert BANKS.month_end(year, month).isoformat() == day
