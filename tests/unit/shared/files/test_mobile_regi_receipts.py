"""Tests of the 120-byte receipts file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from shared.files.codes import DataType
from shared.files.mobile_regi_receipts import (
    HEADER_LAYOUT,
    Receipt,
    load_receipts,
    read_receipts,
    write_receipts,
)
from shared.files.problems import FileProblem, FileProblemError
from shared.keys.barcode import Barcode
from shared.keys.channels import Channel
from shared.keys.check_digits import modulus_10_weight_3
from shared.kit.money import Yen
from tests.unit.shared.files.invented_records import RECEIPTS, RECEIPTS_HEADER, receipt
from tests.unit.shared.files.invented_values import BARCODE

# Whatever is wrong is told in the same way if records are taken together.
pytestmark = pytest.mark.usefixtures("either_way")

WRITTEN = write_receipts(RECEIPTS_HEADER, RECEIPTS.records, line_end=b"")


def _problems(data):
    return [(p.line, p.position, p.field, p.code) for p in load_receipts(data).problems]


def _damage(data, position, new, *, line):
    start = (line - 1) * 120 + position - 1
    return data[:start] + new + data[start + len(new) :]


def _variant_a(receipt: Receipt) -> bytes:
    """Write a data record as variant A of DOMAIN §3.1 has it."""
    return (
        f"2{receipt.data_type}{receipt.paid_on:%Y%m%d}{receipt.paid_at_hhmm}1{receipt.barcode}"
        f"   {receipt.shop_code}01{receipt.acquired_on:%Y%m%d}{0:08d}{0:08d}009002"
        f"{'':18}"
    ).encode("ascii")


def test_the_bytes_stand_where_the_table_says():
    record = WRITTEN[120:240]
    assert record[:15] == b"201202506021201"
    assert record[15:59] == BARCODE.digits.encode()
    assert record[59:] == (b"   00000012025060300000000        000000009002 " + b" " * 14)
    assert WRITTEN[:20] == b"1202506030001200001\xbc"
    assert WRITTEN[59:65] == b"000007"
    assert WRITTEN[480:499] == b"8000003000000099414"
    assert WRITTEN[600:] == b"9" + b" " * 119


def test_crlf_is_written_unless_asked_otherwise():
    assert write_receipts(RECEIPTS_HEADER, []).count(b"\r\n") == 3
    assert b"\n" not in WRITTEN


def test_a_receipt_knows_its_amount_and_channel_from_its_own_bytes():
    first = load_receipts(WRITTEN).records[0]
    assert (first.amount_yen, first.channel) == (Yen(33_138), Channel.MOBILE_CREDIT)
    assert first.barcode_parts == BARCODE
    assert first.transfer_date is None


@pytest.mark.parametrize(
    ("code", "channel"), [(b"9001", "mobile_banking"), (b"9002", "mobile_credit")]
)
def test_the_channel_is_told_by_the_chain_code(code, channel):
    data = write_receipts(RECEIPTS_HEADER, [receipt()], line_end=b"")
    loaded = load_receipts(_damage(data, 102, code, line=2))
    assert loaded.problems == []
    assert [r.channel for r in loaded.records] == [channel]


def test_a_foreign_file_without_a_sequence_is_read_and_says_none():
    header = replace(RECEIPTS_HEADER, file_sequence=None)
    assert HEADER_LAYOUT.encode(header)[59:65] == b"      "
    assert load_receipts(write_receipts(header, [])).header == header


def test_an_unknown_chain_code_is_a_problem():
    assert _problems(_damage(WRITTEN, 102, b"0820", line=2)) == [
        (2, 102, "channel", "unknown_code"),
    ]


def test_one_file_holds_one_channel():
    assert _problems(_damage(WRITTEN, 102, b"9001", line=3)) == [
        (3, 102, "channel", "mixed_channels"),
    ]
    with pytest.raises(FileProblemError, match="record 2: channel: mixed_channels"):
        write_receipts(RECEIPTS_HEADER, [receipt(), receipt(channel=Channel.MOBILE_BANKING)])


def test_one_file_holds_one_channel_in_whichever_pieces_it_comes():
    damaged = _damage(WRITTEN, 102, b"9001", line=3)
    pieces = [damaged[start : start + 120] for start in range(0, len(damaged), 120)]
    assert _problems(pieces) == [(3, 102, "channel", "mixed_channels")]


def test_another_channel_cannot_be_written():
    with pytest.raises(FileProblemError, match="record 1: channel: unknown_code"):
        write_receipts(RECEIPTS_HEADER, [receipt(channel=Channel.PAYEASY)])


@pytest.mark.parametrize(
    ("data_type", "reason"), [(DataType.CANCELLED, None), (DataType.PRELIMINARY, 3)]
)
def test_a_cancel_reason_stands_in_a_03_and_nowhere_else(data_type, reason):
    with pytest.raises(FileProblemError, match="cancel_reason: reason_only_with_03"):
        write_receipts(RECEIPTS_HEADER, [receipt(data_type, cancel_reason=reason)])
    line = 4 if reason is None else 2
    damaged = _damage(WRITTEN, 106, b" " if reason is None else b"3", line=line)
    assert _problems(damaged) == [(line, 106, "cancel_reason", "reason_only_with_03")]


def test_a_01_and_its_03_stand_in_one_file_in_the_order_given():
    pair = [receipt(), receipt(DataType.CANCELLED)]
    assert load_receipts(write_receipts(RECEIPTS_HEADER, pair)).records == pair


def test_all_problems_of_all_records_are_told():
    damaged = _damage(WRITTEN, 4, b"2025 602", line=2)
    damaged = _damage(damaged, 63, b"ABCDEFG", line=2)
    damaged = _damage(damaged, 107, b"X", line=3)
    assert _problems(damaged) == [
        (2, 4, "paid_on", "not_digits"),
        (2, 63, "shop_code", "not_digits"),
        (3, 107, "filler", "filler_not_blank"),
    ]


def test_a_broken_record_is_told_and_the_others_are_read():
    loaded = load_receipts(_damage(WRITTEN, 4, b"X", line=3))
    assert loaded.records == [RECEIPTS.records[0], RECEIPTS.records[2]]


def test_a_barcode_of_another_application_is_malformed():
    body = "92" + BARCODE.digits[2:43]
    barcode = f"{body}{modulus_10_weight_3(body)}"
    [problem] = load_receipts(_damage(WRITTEN, 16, barcode.encode(), line=2)).problems
    assert (problem.code, problem.structural) == ("malformed_barcode", True)


def test_each_barcode_is_held_against_the_cap_and_not_one_for_all():
    body = BARCODE.digits[:37] + "300001"
    barcode = f"{body}{modulus_10_weight_3(body)}"
    damaged = _damage(WRITTEN, 16, barcode.encode(), line=2)
    assert (2, 16, "barcode", "amount_over_cap") in _problems(damaged)


def test_a_wrong_check_digit_is_structural():
    [problem] = load_receipts(_damage(WRITTEN, 59, b"0", line=2)).problems
    assert (problem.code, problem.structural) == ("wrong_check_digit", True)


@pytest.mark.parametrize(
    ("part", "code"), [((37, "300001"), "amount_over_cap"), ((30, "250231"), "bad_limit_date")]
)
def test_a_barcode_that_no_slip_may_bear_is_a_matter_for_a_clerk(part, code):
    start, new = part
    body = BARCODE.digits[:start] + new + BARCODE.digits[start + 6 : 43]
    barcode = f"{body}{modulus_10_weight_3(body)}"
    data = write_receipts(RECEIPTS_HEADER, [receipt()], line_end=b"")
    data = _damage(data, 16, barcode.encode(), line=2)
    data = _damage(data, 8, f"{int(barcode[37:43]):012d}".encode(), line=3)
    loaded = load_receipts(data)
    assert [(p.code, p.structural) for p in loaded.problems] == [(code, False)]
    assert [r.barcode for r in loaded.records] == [barcode]
    with pytest.raises(FileProblemError, match=code):
        write_receipts(RECEIPTS_HEADER, [receipt(barcode=barcode)])


def test_streaming_yields_records_and_problems_in_the_file_s_order():
    items = list(read_receipts(_damage(WRITTEN, 4, b"X", line=3)))
    kinds = [type(item).__name__ for item in items]
    assert kinds == ["ReceiptsHeader", "Receipt", "FileProblem", "Receipt"]
    assert isinstance(items[2], FileProblem)


def test_edge_case_01_300_000_passes_in_a_file():
    top = Barcode("912345", "00001", "1250112345678900", 0, None, 0, Yen(300_000)).digits
    loaded = load_receipts(write_receipts(RECEIPTS_HEADER, [receipt(barcode=top)]))
    assert loaded.problems == []
    assert loaded.records[0].amount_yen == 300_000


def test_edge_case_02_999999_is_read_from_a_file():
    no_limit = Barcode("912345", "00001", "1250112345678900", 0, None, 0, Yen(1)).digits
    loaded = load_receipts(write_receipts(RECEIPTS_HEADER, [receipt(barcode=no_limit)]))
    assert loaded.records[0].barcode_parts.limit_date is None


def test_edge_case_03_reissue_9_is_read_from_a_file():
    last = Barcode("912345", "00001", "1250112345678900", 9, None, 0, Yen(1)).digits
    loaded = load_receipts(write_receipts(RECEIPTS_HEADER, [receipt(barcode=last)]))
    assert loaded.records[0].barcode_parts.reissue == 9


def test_edge_case_15_the_header_carries_the_file_sequence_that_gaps_are_seen_by():
    headers = [replace(RECEIPTS_HEADER, file_sequence=n) for n in (1, 2, 2, 4, 999_999)]
    read = [load_receipts(write_receipts(header, [])).header for header in headers]
    assert [header.file_sequence for header in read if header] == [1, 2, 2, 4, 999_999]
    with pytest.raises(FileProblemError, match="file_sequence: too_wide"):
        write_receipts(replace(RECEIPTS_HEADER, file_sequence=1_000_000), [])


def test_edge_case_16_a_wrong_count_or_sum_refuses_the_whole_file():
    assert _problems(_damage(WRITTEN, 2, b"000004", line=5)) == [(5, 2, "count", "count_mismatch")]
    assert _problems(_damage(WRITTEN, 8, b"000000099415", line=5)) == [
        (5, 8, "total_yen", "total_mismatch")
    ]
    assert all(p.structural for p in load_receipts(_damage(WRITTEN, 2, b"9", line=5)).problems)


def test_edge_case_22_a_file_of_variant_a_is_refused_and_not_misread():
    record = _variant_a(receipt())
    assert len(record) == 120
    file_of_a = WRITTEN[:120] + record + WRITTEN[480:600]
    loaded = load_receipts(file_of_a)
    assert loaded.records == []
    assert (loaded.problems[0].line, loaded.problems[0].code) == (2, "variant_a")
    assert loaded.problems[0].structural


def test_edge_case_22_91_at_the_right_place_does_not_save_a_shifted_barcode():
    shifted = _damage(WRITTEN, 16, b"91" + WRITTEN[135 : 135 + 42], line=2)
    assert {p.code for p in load_receipts(shifted).problems} & {
        "wrong_check_digit",
        "malformed_barcode",
    }


def test_a_day_outside_the_calendar_cannot_be_written():
    with pytest.raises(FileProblemError, match="paid_on: not_a_date"):
        write_receipts(RECEIPTS_HEADER, [receipt(paid_on=date(1800, 1, 1))])
