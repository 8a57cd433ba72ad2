"""The benchmark of the file formats measures what it says, on a file of a few records."""

from __future__ import annotations

import pytest

from tests.load.bench_files import convert_all, measure, one_too_many
from tests.load.long_conversions import CONVERSIONS
from tests.load.long_files import CASES, Invention

EACH_CASE = pytest.mark.parametrize("name", CASES)


@EACH_CASE
def test_a_case_is_written_sliced_and_read(name, tmp_path):
    measured = measure(CASES[name], tmp_path / name, 300, lambda work, *rest: work(*rest))
    assert [each.what for each in measured] == ["write", "floor", *CASES[name].streams]
    assert (tmp_path / name).stat().st_size == 303 * CASES[name].stride
    assert all(each.records_per_second > 0 for each in measured)


@EACH_CASE
def test_fewer_records_than_a_file_can_hold_are_not_refused(name, tmp_path):
    assert one_too_many(name, tmp_path, 3) == "not refused"


def test_each_conversion_is_measured_and_writes_what_it_must(tmp_path):
    measured = convert_all(tmp_path, list(CONVERSIONS), 300, lambda work, *rest: work(*rest))
    assert [each.case for each in measured] == list(CONVERSIONS)
    assert all(each.records_per_second > 0 for each in measured)


def test_the_same_records_are_invented_each_time():
    invention = Invention(CASES["billing"])
    assert list(invention.records(5)) == list(invention.records(5))
