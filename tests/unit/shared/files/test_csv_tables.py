"""Tests of strict CSV: quoting, line ends, headers, columns, and totals that travel beside."""

from __future__ import annotations

import pytest

from shared.files.choutei import TABLE, choutei_totals, load_choutei, write_choutei
from shared.files.csv_tables import FileTotals
from shared.files.problems import LoadedFile
from tests.unit.shared.files.invented_rows import CHOUTEI

WRITTEN = write_choutei(CHOUTEI.records)
HEADER, FIRST, SECOND, _ = WRITTEN.split(b"\r\n")


def _codes(data, expected=None):
    return [(p.line, p.field, p.code) for p in load_choutei(data, expected).problems]


def _file(*lines):
    return b"".join(line + b"\r\n" for line in lines)


def test_quotes_are_written_only_where_they_are_needed():
    assert '"山上, 花"'.encode() in FIRST
    assert '"新宿区見本町1-2-3 ""見本荘"""'.encode() in FIRST
    assert ",".join(TABLE.names).encode() == HEADER


def test_a_file_that_quotes_every_field_says_the_same():
    row = FIRST.replace('"山上, 花"'.encode(), b"\x00").replace(
        '"新宿区見本町1-2-3 ""見本荘"""'.encode(), b"\x01"
    )
    quoted = b'"' + row.replace(b",", b'","') + b'"'
    quoted = quoted.replace(b"\x00", "山上, 花".encode())
    quoted = quoted.replace(b"\x01", '新宿区見本町1-2-3 ""見本荘""'.encode())
    assert load_choutei(_file(HEADER, quoted)).records == CHOUTEI.records[:1]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbf" + WRITTEN, [(1, "header", "byte_order_mark")]),
        (WRITTEN.replace(b"\r\n", b"\n"), [(1, "line_end", "broken_line_end")]),
        (WRITTEN[:-2], [(3, "line_end", "missing_line_end")]),
        (_file(HEADER, FIRST + b",", SECOND), [(2, "row", "wrong_column_count")]),
        (_file(HEADER, FIRST, b""), [(3, "row", "wrong_column_count")]),
        (_file(HEADER, FIRST + b'"'), [(2, "row", "broken_quoting")]),
        (_file(HEADER, b'"' + FIRST), [(2, "row", "broken_quoting")]),
        (_file(HEADER, FIRST.replace(b"2025", b"20\n25", 1)), [(2, "row", "broken_line_end")]),
        (_file(HEADER, FIRST.replace("花".encode(), b"\x89\xd4")), [(2, "row", "not_utf_8")]),
        (_file(HEADER, FIRST.replace("花".encode(), b"\x07")), [(2, "name", "malformed_text")]),
        (_file(HEADER.upper(), FIRST), [(1, "header", "wrong_header")]),
        (
            _file(FIRST, SECOND),
            [(1, "header", "wrong_header"), (2, "record_no", "record_out_of_sequence")],
        ),
        (_file(HEADER, FIRST, b"x" * 20_000), [(3, "row", "row_too_long")]),
        (HEADER + b"\r\n" + b"x" * 20_000, [(2, "row", "row_too_long")]),
    ],
)
def test_what_is_not_strict_csv_is_told_by_line(data, expected):
    assert _codes(data) == expected


@pytest.mark.parametrize("length", [16_383, 16_384, 16_385, 16_386, 20_000])
@pytest.mark.parametrize("end", [b"", b"\r", b"\r\n", b"\r\nx"])
def test_an_overlong_row_is_told_alike_in_whichever_pieces_it_comes(length, end):
    before = _file(HEADER, FIRST)
    data = before + b"x" * length + end
    told = _codes(data)
    assert (3, "row", "row_too_long") in told or length <= 16_385
    longest = len(before) + 16_384
    for cut in range(longest - 3, longest + 5):
        assert _codes([data[:cut], data[cut:]]) == told
    assert _codes([data[start : start + 1000] for start in range(0, len(data), 1000)]) == told


def test_a_file_without_rows_is_sound():
    assert load_choutei(_file(HEADER)) == LoadedFile(TABLE.names, [], [])


def test_all_faults_of_a_row_are_told_with_their_columns():
    row = FIRST.replace(b"1,1,2025,", b"1,7,25,", 1).replace(b"2025-06-30", b"2025-06-31")
    problems = load_choutei(_file(HEADER, row)).problems
    assert [(p.position, p.field, p.code, p.value) for p in problems] == [
        (2, "proc", "unknown_code", "7"),
        (3, "kaikei_nendo", "not_digits", "25"),
        (24, "nokigen", "not_a_date", "2025-06-31"),
    ]


def test_totals_that_travel_beside_the_file_are_compared():
    totals = choutei_totals(WRITTEN, CHOUTEI.records)
    assert (totals.count, totals.total_yen) == (2, 66_276)
    assert _codes(WRITTEN, totals) == []
    wrong = FileTotals(3, 66_277, "0" * 64)
    assert _codes(WRITTEN, wrong) == [
        (0, "count", "count_mismatch"),
        (0, "total_yen", "total_mismatch"),
        (0, "sha256", "hash_mismatch"),
    ]


def test_a_row_left_out_is_seen_by_the_totals_alone():
    totals = choutei_totals(WRITTEN, CHOUTEI.records)
    shortened = _file(HEADER, FIRST)
    assert _codes(shortened) == []
    assert [code for _, _, code in _codes(shortened, totals)] == [
        "count_mismatch",
        "total_mismatch",
        "hash_mismatch",
    ]


def test_a_row_that_cannot_be_read_is_counted_but_not_summed():
    totals = choutei_totals(WRITTEN, CHOUTEI.records)
    damaged = _file(HEADER, FIRST.replace(b",33138,", b",x,"), SECOND)
    assert [code for _, _, code in _codes(damaged, totals)] == ["not_a_number", "hash_mismatch"]
