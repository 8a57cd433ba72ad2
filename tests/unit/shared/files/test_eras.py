"""Tests of Japanese-era dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files.eras import EraDateProblem, EraWindow, era_digits

NOW = EraWindow.around(date(2026, 6, 6))
CHANGE = EraWindow.around(date(2019, 5, 7))


@pytest.mark.parametrize(
    ("window", "digits", "day"),
    [
        (NOW, "080606", date(2026, 6, 6)),
        (NOW, "310430", date(2019, 4, 30)),
        (NOW, "010501", date(2019, 5, 1)),
        (NOW, "020229", date(2020, 2, 29)),
        (CHANGE, "301231", date(2018, 12, 31)),
        (CHANGE, "310101", date(2019, 1, 1)),
        (EraWindow.around(date(1989, 1, 9)), "640107", date(1989, 1, 7)),
        (EraWindow.around(date(1989, 1, 9)), "010108", date(1989, 1, 8)),
        (EraWindow.around(date(2001, 1, 1)), "080606", date(1996, 6, 6)),
    ],
)
def test_six_digits_are_read_by_the_file_s_date(window, digits, day):
    assert window.read(digits) == day
    assert era_digits(day) == digits


@pytest.mark.parametrize(
    "digits", ["310501", "000101", "081301", "080230", "0806 6", "08060", "０８０６０６", "650101"]
)
def test_what_is_no_day_of_any_era_is_refused(digits):
    with pytest.raises(EraDateProblem, match=r"not_a_date|outside_window"):
        NOW.read(digits)


def test_a_day_of_another_decade_is_outside_the_window():
    with pytest.raises(EraDateProblem, match="outside_window"):
        NOW.read("200101")


def test_a_window_that_could_hold_two_readings_cannot_be_made():
    with pytest.raises(ValueError, match="at most 29 years"):
        EraWindow(date(1996, 1, 1), date(2026, 12, 31))
    with pytest.raises(ValueError, match="runs forward"):
        EraWindow(date(2026, 1, 2), date(2026, 1, 1))


@given(st.dates(date(1950, 1, 1), date(2100, 12, 31)), st.integers(-366, 3660))
def test_every_day_survives_the_round_trip_within_the_window(day, offset):
    window = EraWindow.around(day + timedelta(days=offset))
    assert window.read(era_digits(day)) == day


@pytest.mark.parametrize("day", [date(1926, 12, 24), date(2118, 1, 1)])
def test_a_day_that_two_digits_cannot_say_is_refused(day):
    with pytest.raises(EraDateProblem, match="not_a_date"):
        era_digits(day)


def test_edge_case_20_era_dates_across_the_ends_of_years_and_eras():
    days = [date(2018, 12, 31), date(2019, 1, 1), date(2019, 4, 30), date(2019, 5, 1)]
    days += [date(2019, 12, 31), date(2020, 1, 1), date(2025, 12, 31), date(2026, 1, 1)]
    digits = ["301231", "310101", "310430", "010501", "011231", "020101", "071231", "080101"]
    assert [era_digits(day) for day in days] == digits
    assert [NOW.read(text) for text in digits] == days
