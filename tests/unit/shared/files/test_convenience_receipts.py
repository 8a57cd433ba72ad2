"""Tests of the two 120-byte variants of convenience-store receipts, side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from shared.files import convenience_receipts_a as variant_a
from shared.files import convenience_receipts_b as variant_b
from shared.files import mobile_regi_receipts
from shared.files.codes import DataType
from shared.files.problems import FileProblem, FileProblemError
from shared.keys.barcode import Barcode
from shared.keys.check_digits import modulus_10_weight_3
from shared.kit.money import Yen
from tests.unit.shared.files.invented_records import RECEIPTS, RECEIPTS_HEADER, receipt
from tests.unit.shared.files.invented_values import BARCODE
from tests.unit.shared.files.invented_zengin_and_shops import (
    SHOPS_A,
    SHOPS_B,
    SHOPS_HEADER,
    receipt_a,
    receipt_b,
)

A = variant_a.write_receipts(SHOPS_HEADER, SHOPS_A.records, line_end=b"")
B = variant_b.write_receipts(SHOPS_HEADER, SHOPS_B.records, line_end=b"")


class Variant(NamedTuple):
    """A variant's module, its invented file, one of its receipts, where its barcode begins."""

    module: Any
    written: bytes
    one: Callable[..., Any]
    barcode_at: int


BOTH = pytest.mark.parametrize(
    "variant",
    [Variant(variant_a, A, receipt_a, 17), Variant(variant_b, B, receipt_b, 16)],
    ids=["a", "b"],
)
HEADER_BYTES = b"1202506030002100001"
BARCODE_44 = BARCODE.digits.encode()


def _problems(variant, data):
    return [(p.line, p.position, p.field, p.code) for p in variant.load_receipts(data).problems]


def _damage(data, position, new, *, line):
    start = (line - 1) * 120 + position - 1
    return data[:start] + new + data[start + len(new) :]


def test_the_bytes_of_variant_a_stand_where_the_table_says():
    record = A[120:240]
    assert record[:16] == b"2012025060212011"
    assert record[16:60] == BARCODE_44
    assert record[60:96] == b"   001234529202506030000000000000000"
    assert record[96:] == b"000010" + b" " * 18
    assert A[:19] == HEADER_BYTES
    assert A[480:499] == b"8000003000000099414"


def test_the_bytes_of_variant_b_stand_where_the_table_says():
    record = B[120:240]
    assert record[:15] == b"201202506021201"
    assert record[15:59] == BARCODE_44
    assert record[59:85] == b"   00123452025060300000000"
    assert record[85:] == b" " * 8 + b"000000000010" + b" " * 15
    assert B[:19] == HEADER_BYTES
    assert B[59:65] == b"      "


@BOTH
def test_a_receipt_knows_its_amount_from_its_barcode(variant):
    [first, *_] = variant.module.load_receipts(variant.written).records
    assert first.amount_yen == 33_138
    assert first.barcode_parts == BARCODE


def test_one_file_of_variant_b_holds_the_receipts_of_any_chain():
    codes = ["0010", "0820", "0680", "9001", "9002"]
    data = variant_b.write_receipts(SHOPS_HEADER, [receipt_b(cvs_code=code) for code in codes])
    loaded = variant_b.load_receipts(data)
    assert loaded.problems == []
    assert [r.cvs_code for r in loaded.records] == codes


def test_the_file_sequence_of_a_foreign_file_may_be_blank_or_filled():
    for sequence in (None, 0, 7):
        header = replace(SHOPS_HEADER, file_sequence=sequence)
        assert variant_b.load_receipts(variant_b.write_receipts(header, [])).header == header


def test_what_no_source_explains_is_kept_as_it_stood():
    kept = receipt_a(barcode_kind="", customer_class="07")
    data = variant_a.write_receipts(SHOPS_HEADER, [kept], line_end=b"")
    assert (data[135:136], data[190:192]) == (b" ", b"07")
    assert variant_a.load_receipts(data).records == [kept]
    kept_b = receipt_b(unnamed="00000000")
    data = variant_b.write_receipts(SHOPS_HEADER, [kept_b])
    assert variant_b.load_receipts(data).records == [kept_b]


def test_what_no_source_explains_is_whole_or_blank_and_nothing_between():
    assert _problems(variant_a, _damage(A, 71, b"2 ", line=2)) == [
        (2, 71, "customer_class", "not_digits")
    ]
    assert _problems(variant_b, _damage(B, 86, b"2025    ", line=2)) == [
        (2, 86, "unnamed", "not_digits")
    ]
    with pytest.raises(FileProblemError, match="record 1: unnamed: not_digits"):
        variant_b.write_receipts(SHOPS_HEADER, [receipt_b(unnamed="2025")])


@BOTH
@pytest.mark.parametrize("line_end", [b"", b"\n", b"\r\n"])
def test_line_ends_are_crlf_or_none_or_lf(variant, line_end):
    loaded = variant.module.load_receipts(variant.written)
    data = variant.module.write_receipts(loaded.header, loaded.records, line_end=line_end)
    assert data.count(line_end or b"\r\n") == (6 if line_end else 0)
    assert variant.module.load_receipts(data) == loaded


@BOTH
def test_several_blocks_are_streamed_and_refused_as_one_day_file(variant):
    second = replace(SHOPS_HEADER, company_code="00002")
    blocks = [
        (SHOPS_HEADER, [variant.one()]),
        (second, []),
        (second, [variant.one(), variant.one()]),
    ]
    data = b"".join(variant.module.stream_receipts_of_blocks(blocks))
    items = [SHOPS_HEADER, variant.one(), second, second, variant.one(), variant.one()]
    assert list(variant.module.read_receipts(data)) == items
    assert [p.code for p in variant.module.load_receipts(data).problems] == ["several_blocks"]


@BOTH
def test_each_block_is_counted_by_its_own_trailer(variant):
    blocks = [(SHOPS_HEADER, [variant.one()]), (SHOPS_HEADER, [variant.one(), variant.one()])]
    data = b"".join(variant.module.stream_receipts_of_blocks(blocks, line_end=b""))
    damaged = _damage(data, 2, b"000003", line=7)
    found = [
        item for item in variant.module.read_receipts(damaged) if isinstance(item, FileProblem)
    ]
    assert [(p.line, p.field, p.code) for p in found] == [(7, "count", "count_mismatch")]


@BOTH
def test_a_file_without_any_block_cannot_be_written(variant):
    with pytest.raises(FileProblemError, match="header: no_block"):
        list(variant.module.stream_receipts_of_blocks([]))


@BOTH
def test_a_wrong_check_digit_is_structural(variant):
    wrong = BARCODE_44[:43] + b"0"
    [problem] = variant.module.load_receipts(
        _damage(variant.written, variant.barcode_at, wrong, line=2)
    ).problems
    assert (problem.position, problem.code, problem.structural) == (
        variant.barcode_at,
        "wrong_check_digit",
        True,
    )
    with pytest.raises(FileProblemError, match="record 1: barcode: wrong_check_digit"):
        variant.module.write_receipts(SHOPS_HEADER, [variant.one(barcode=wrong.decode())])


@BOTH
@pytest.mark.parametrize(
    ("part", "code"), [((37, "300001"), "amount_over_cap"), ((30, "250231"), "bad_limit_date")]
)
def test_a_barcode_that_no_slip_may_bear_is_a_matter_for_a_clerk(variant, part, code):
    start, new = part
    body = BARCODE.digits[:start] + new + BARCODE.digits[start + 6 : 43]
    barcode = f"{body}{modulus_10_weight_3(body)}"
    data = variant.module.write_receipts(SHOPS_HEADER, [variant.one()], line_end=b"")
    data = _damage(data, variant.barcode_at, barcode.encode(), line=2)
    data = _damage(data, 8, f"{int(barcode[37:43]):012d}".encode(), line=3)
    loaded = variant.module.load_receipts(data)
    assert [(p.code, p.structural) for p in loaded.problems] == [(code, False)]
    assert [r.barcode for r in loaded.records] == [barcode]
    with pytest.raises(FileProblemError, match=code):
        variant.module.write_receipts(SHOPS_HEADER, [variant.one(barcode=barcode)])


@BOTH
def test_edge_case_01_300_000_passes_in_a_file(variant):
    top = Barcode("912345", "00001", "1250112345678900", 0, None, 0, Yen(300_000)).digits
    loaded = variant.module.load_receipts(
        variant.module.write_receipts(SHOPS_HEADER, [variant.one(barcode=top)])
    )
    assert loaded.problems == []
    assert loaded.records[0].amount_yen == 300_000


@BOTH
def test_edge_case_16_a_wrong_count_or_sum_refuses_the_whole_file(variant):
    count = _damage(variant.written, 2, b"000004", line=5)
    assert _problems(variant.module, count) == [(5, 2, "count", "count_mismatch")]
    total = _damage(variant.written, 8, b"000000099415", line=5)
    assert _problems(variant.module, total) == [(5, 8, "total_yen", "total_mismatch")]


@BOTH
def test_edge_case_16_an_unreadable_receipt_still_counts(variant):
    damaged = _damage(variant.written, 4, b"X", line=2)
    assert _problems(variant.module, damaged) == [(2, 4, "paid_on", "not_digits")]


@pytest.mark.parametrize(
    ("variant", "written", "code"),
    [(variant_a, B, "variant_b"), (variant_b, A, "variant_a")],
    ids=["b given to a", "a given to b"],
)
def test_edge_case_22_each_reader_refuses_the_other_s_file(variant, written, code):
    loaded = variant.load_receipts(written)
    assert loaded.records == []
    assert [(p.line, p.field, p.code) for p in loaded.problems] == [
        (line, "barcode", code) for line in (2, 3, 4)
    ]
    assert all(p.structural for p in loaded.problems)


def test_edge_case_22_our_own_dialect_and_variant_a_refuse_one_another():
    theirs = mobile_regi_receipts.load_receipts(A)
    assert theirs.records == []
    assert {p.code for p in theirs.problems} == {"variant_a"}
    ours = mobile_regi_receipts.write_receipts(RECEIPTS_HEADER, RECEIPTS.records)
    assert {p.code for p in variant_a.load_receipts(ours).problems} == {"variant_b"}


def test_our_own_reason_in_a_03_is_not_read_as_a_foreign_file():
    cancelled = [receipt(DataType.CANCELLED)]
    ours = mobile_regi_receipts.write_receipts(RECEIPTS_HEADER, cancelled)
    assert _problems(variant_b, ours) == [(2, 106, "filler", "filler_not_blank")]


@pytest.mark.parametrize(
    ("variant", "written", "barcode_at", "other_at", "code"),
    [(variant_a, B, 17, 16, "variant_b"), (variant_b, A, 16, 17, "variant_a")],
    ids=["b given to a", "a given to b"],
)
def test_edge_case_22_91_alone_does_not_make_it_the_other_variant(
    variant, written, barcode_at, other_at, code
):
    broken = BARCODE_44[:43] + b"0"
    loaded = variant.load_receipts(_damage(written, other_at, broken, line=2))
    first = [p.code for p in loaded.problems if p.line == 2]
    assert first
    assert code not in first
    assert loaded.records == []


@BOTH
def test_edge_case_22_91_at_the_right_place_does_not_save_a_shifted_barcode(variant):
    shifted = b"91" + BARCODE_44[1:43]
    codes = {
        p.code
        for p in variant.module.load_receipts(
            _damage(variant.written, variant.barcode_at, shifted, line=2)
        ).problems
    }
    assert "wrong_check_digit" in codes


def test_edge_case_22_a_day_without_receipts_is_the_same_file_in_both_variants():
    empty = variant_a.write_receipts(SHOPS_HEADER, [])
    assert empty == variant_b.write_receipts(SHOPS_HEADER, [])
    assert variant_a.load_receipts(empty).problems == variant_b.load_receipts(empty).problems == []


def test_all_problems_of_a_record_are_told():
    damaged = _damage(A, 4, b"2025 602", line=2)
    damaged = _damage(damaged, 64, b"ABCDEFG", line=2)
    damaged = _damage(damaged, 103, b"X", line=3)
    assert _problems(variant_a, damaged) == [
        (2, 4, "paid_on", "not_digits"),
        (2, 64, "shop_code", "not_digits"),
        (3, 103, "filler", "filler_not_blank"),
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cvs_code": "10"}, "not_digits"),
        ({"cvs_code": "000010000"}, "not_digits"),
        ({"shop_code": "12345"}, "not_digits"),
        ({"paid_on": None}, "not_a_date"),
        ({"paid_at_hhmm": "2460"}, "not_a_time"),
        ({"data_type": "12"}, "unknown_code"),
    ],
)
def test_a_writer_refuses_what_it_cannot_write_exactly(changes, code):
    for variant, one in ((variant_a, receipt_a), (variant_b, receipt_b)):
        with pytest.raises(FileProblemError) as caught:
            variant.write_receipts(SHOPS_HEADER, [one(), one(**changes)])
        assert (caught.value.code, caught.value.line) == (code, 2)
