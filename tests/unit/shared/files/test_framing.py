"""Tests of cutting a stream into records."""

from __future__ import annotations

import io

import pytest

from shared.files.framing import split_records

RECORDS = [b"1abc", b"2def", b"9ghi"]


def _codes(items):
    return [item if isinstance(item, bytes) else (item.line, item.code) for item in items]


@pytest.mark.parametrize("line_end", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_the_line_end_is_found_and_left_out(line_end, last):
    data = line_end.join(RECORDS) + (line_end if last else b"")
    assert list(split_records(data, 4)) == RECORDS
    assert list(split_records(io.BytesIO(data), 4)) == RECORDS
    assert list(split_records([bytes([b]) for b in data], 4)) == RECORDS


def test_one_other_line_end_ends_the_reading_with_a_problem():
    data = b"1abc\r\n2def\n9ghi\r\n"
    assert _codes(split_records(data, 4)) == [b"1abc", (2, "broken_line_end")]


def test_a_last_record_that_is_too_short_is_a_problem_and_not_filled():
    assert _codes(split_records(b"1abc2de", 4)) == [b"1abc", (2, "incomplete_record")]


def test_the_end_of_file_mark_is_allowed_only_where_the_format_knows_it():
    data = b"1abc9def\x1a"
    assert list(split_records(data, 4, end_mark_allowed=True)) == [b"1abc", b"9def"]
    assert _codes(split_records(data, 4)) == [b"1abc", b"9def", (3, "incomplete_record")]
    with_line_ends = b"1abc\r\n9def\r\n\x1a"
    assert list(split_records(with_line_ends, 4, end_mark_allowed=True)) == [b"1abc", b"9def"]


def test_nothing_is_no_record():
    assert list(split_records(b"", 4)) == []
