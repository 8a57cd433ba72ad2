"""Tests of the order of records, by the receipts file as an example."""

from __future__ import annotations

import pytest

from shared.files.blocks import demand_count
from shared.files.mobile_regi_receipts import load_receipts, read_receipts, write_receipts
from shared.files.problems import FileProblem, FileProblemError
from tests.unit.shared.files.invented_records import RECEIPTS_HEADER, receipt

# Whatever is wrong is told in the same way if records are taken together.
pytestmark = pytest.mark.usefixtures("either_way")

WHOLE = write_receipts(RECEIPTS_HEADER, [receipt()], line_end=b"")
HEADER, DATA, TRAILER, END = (WHOLE[start : start + 120] for start in range(0, 480, 120))


def _problems(*records):
    return [(p.line, p.code) for p in load_receipts(b"".join(records)).problems]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ((DATA, TRAILER, END), [(1, "record_out_of_order")]),
        ((HEADER, HEADER, DATA, TRAILER, END), [(2, "record_out_of_order"), (0, "several_blocks")]),
        ((HEADER, DATA, END), [(3, "record_out_of_order")]),
        ((HEADER, DATA, TRAILER), [(3, "missing_end_record")]),
        ((HEADER, DATA), [(2, "missing_trailer")]),
        ((HEADER, DATA, TRAILER, END, END), [(5, "record_out_of_order")]),
        ((HEADER, DATA, TRAILER, TRAILER, END), [(4, "record_out_of_order")]),
        ((HEADER, DATA, b"5" + DATA[1:], TRAILER, END), [(3, "unknown_record_kind")]),
        ((HEADER, DATA, TRAILER, END, b"\x1a"), [(5, "incomplete_record")]),
    ],
)
def test_records_out_of_order_are_told_by_line(records, expected):
    assert _problems(*records) == expected


def test_several_blocks_are_streamed_and_refused_as_a_day_file():
    two_blocks = HEADER + DATA + TRAILER + HEADER + DATA + TRAILER + END
    items = list(read_receipts(two_blocks))
    assert items == [RECEIPTS_HEADER, receipt(), RECEIPTS_HEADER, receipt()]
    assert [p.code for p in load_receipts(two_blocks).problems] == ["several_blocks"]


def test_the_sums_start_again_in_each_block():
    two_blocks = HEADER + DATA + TRAILER + HEADER + DATA + DATA + TRAILER + END
    problems = [item for item in read_receipts(two_blocks) if isinstance(item, FileProblem)]
    assert [(p.line, p.field, p.code) for p in problems] == [
        (7, "count", "count_mismatch"),
        (7, "total_yen", "total_mismatch"),
    ]


def test_a_six_digit_count_holds_999_999_records_and_not_one_more():
    demand_count(999_999)
    with pytest.raises(FileProblemError, match="too_many_records"):
        demand_count(1_000_000)
