"""Tests of era dates as fields, and of trailers set beside what was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pytest

from shared.files.layout import RecordLayout, constant, number, yen
from shared.files.trailers import counts_unlike, differences
from shared.files.zengin_days import EraFields, era_day, optional_era_day

LAYOUT = RecordLayout(
    "data",
    13,
    [
        constant("kind", 1, 1, "2"),
        era_day("booked_on", 2, 7),
        optional_era_day("value_date", 8, 13),
    ],
)
DAYS = EraFields(LAYOUT, ["booked_on", "value_date"], date(2019, 5, 8))


@dataclass
class Sums:
    """A trailer's two values."""

    count: int
    total_yen: int


TRAILER = RecordLayout("trailer", 4, [number("count", 1, 2), yen("total_yen", 3, 4)])


def _read(image):
    values = LAYOUT.decode(image)
    assert values is not None
    return values, [(f.position, f.field, f.code, f.value) for f in DAYS.read_in_place(values)]


def test_digits_become_days_of_their_own_eras():
    assert _read("2310430010501") == ([date(2019, 4, 30), date(2019, 5, 1)], [])


def test_zeros_are_no_day_only_where_a_day_may_be_missing():
    assert _read("2310430000000") == ([date(2019, 4, 30), None], [])
    assert _read("2000000310430")[1] == [(2, "booked_on", "not_a_date", "000000")]


def test_every_day_that_is_none_is_told():
    assert _read("2310431640101")[1] == [
        (2, "booked_on", "not_a_date", "310431"),
        (8, "value_date", "outside_window", "640101"),
    ]


@pytest.mark.parametrize("value", ["310430", datetime(2019, 4, 30), date(1900, 1, 1)])  # noqa: DTZ001
def test_only_a_day_of_an_era_is_written(value):
    for field in LAYOUT.fields[1:]:
        with pytest.raises(ValueError, match="not_a_date"):
            field.write(value)


def test_none_is_written_only_where_a_day_may_be_missing():
    booked_on, value_date = LAYOUT.fields[1:]
    assert value_date.write(None) == "000000"
    with pytest.raises(ValueError, match="not_a_date"):
        booked_on.write(None)


def test_each_count_and_each_sum_that_differs_is_told():
    faults = differences(TRAILER, TRAILER.value_names, Sums(2, 30), Sums(3, 40))
    assert [(f.position, f.field, f.code, f.value) for f in faults] == [
        (1, "count", "count_mismatch", "2"),
        (3, "total_yen", "total_mismatch", "30"),
    ]
    assert differences(TRAILER, ["count"], Sums(2, 30), Sums(2, 40)) == []


def test_a_claim_about_unreadable_records_is_compared_by_count_alone():
    faults = counts_unlike(TRAILER, {"count": 2}, 3, Sums(2, 30))
    assert [(f.field, f.code, f.value) for f in faults] == [("count", "count_mismatch", "2")]
    assert counts_unlike(TRAILER, {"count": 3}, 3, Sums(3, 30)) == []
