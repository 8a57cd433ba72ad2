"""Tests of the centre's receipts file, 200 bytes."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import date

import pytest

from shared.files.centre_receipts import load_centre_receipts, write_centre_receipts
from shared.files.codes import DataType
from shared.files.problems import FileProblemError
from shared.keys.channels import Channel
from tests.unit.shared.files.invented_records import CENTRE_HEADER, CENTRE_RECEIPTS, centre_receipt
from tests.unit.shared.files.invented_values import KEY

# Whatever is wrong is told in the same way if records are taken together.
pytestmark = pytest.mark.usefixtures("either_way")

WRITTEN = write_centre_receipts(CENTRE_HEADER, CENTRE_RECEIPTS.records, KEY)
HEADER, FIRST, SECOND, THIRD, TRAILER, END = (WRITTEN[n : n + 200] for n in range(0, 1200, 200))


def _codes(data, key=KEY):
    return [(p.line, p.field, p.code) for p in load_centre_receipts(data, key).problems]


def _change(raw, position, new):
    return raw[: position - 1] + new + raw[position - 1 + len(new) :]


def _resealed(*data_records, header=HEADER, trailer=TRAILER):
    """Make seals and the file's hash anew, so that only other rules can notice."""
    sealed = []
    for raw in data_records:
        seal = hmac.digest(KEY, raw[:158], "sha256")[:16].hex().encode()
        sealed.append(raw[:158] + seal + raw[190:])
    before = b"".join([header, *sealed, trailer[:77]])
    digest = hashlib.sha256(before).hexdigest().encode()
    return before + digest + trailer[141:] + END


def test_the_bytes_stand_where_the_table_says():
    assert HEADER[:49] == (b"1810010013104202506030600000000032025060220250602")
    assert FIRST[:37] == b"20100000113104125011234567890024  341"
    assert FIRST[37:71] == b"0000003313820250602120130000100101"
    assert FIRST[71:116] == b"A0000001            2025060500000000202506030"
    assert FIRST[116:158] == b" " * 20 + b"123456789       202501"
    assert SECOND[99:107] == b"20250605"
    assert THIRD[115:136] == b"1A0000001            "
    one = b"0000010000000033138"
    assert TRAILER[:77] == b"80000030000000099414" + one * 3
    assert END == b"9" + b" " * 199


def test_seal_and_hash_cover_what_the_table_says():
    assert FIRST[158:190].decode() == hmac.digest(KEY, FIRST[:158], "sha256")[:16].hex()
    covered = HEADER + FIRST + SECOND + THIRD + TRAILER[:77]
    assert TRAILER[77:141].decode() == hashlib.sha256(covered).hexdigest()


def test_every_receipt_here_came_by_payeasy():
    assert {r.channel for r in load_centre_receipts(WRITTEN, KEY).records} == {Channel.PAYEASY}


def test_another_key_fits_no_record():
    assert _codes(WRITTEN, bytes(32)) == [(n, "seal", "wrong_seal") for n in (2, 3, 4)]


@pytest.mark.parametrize(
    ("position", "new", "expected"),
    [
        (4, b"000009", ("record_seq", "record_out_of_sequence")),
        (10, b"13105", ("institution_number", "institution_differs")),
        (100, b"20250605", ("paid_in_on", "paid_in_only_with_02")),
        (116, b"3", ("cancel_reason", "reason_only_with_03")),
        (117, b"A1", ("cancelled_receipt_number", "cancelled_number_only_with_03")),
    ],
)
def test_a_rule_between_fields_is_checked_even_when_all_seals_fit(position, new, expected):
    assert _codes(_resealed(_change(FIRST, position, new), SECOND, THIRD)) == [(2, *expected)]


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (centre_receipt(paid_in_on=date(2025, 6, 5)), "paid_in_only_with_02"),
        (centre_receipt(cancel_reason=1), "reason_only_with_03"),
        (centre_receipt(DataType.CANCELLED, cancel_reason=None), "reason_only_with_03"),
        (
            centre_receipt(DataType.CANCELLED, cancelled_receipt_number=""),
            "cancelled_number_only_with_03",
        ),
        (centre_receipt(receipt_number=""), "malformed_receipt_number"),
        (centre_receipt(receipt_number="A" * 21), "too_wide"),
        (centre_receipt(medium="07"), "unknown_code"),
        (centre_receipt(paid_at_hhmmss="240000"), "not_a_time"),
        (centre_receipt(record_seq=2), "record_out_of_sequence"),
    ],
)
def test_a_writer_refuses_what_it_cannot_write_exactly(receipt, code):
    with pytest.raises(FileProblemError) as caught:
        write_centre_receipts(CENTRE_HEADER, [receipt], KEY)
    assert caught.value.code == code


def test_a_period_that_runs_backwards_is_refused_on_both_sides():
    with pytest.raises(FileProblemError, match="period_to: period_backwards"):
        write_centre_receipts(replace(CENTRE_HEADER, period_to=date(2025, 6, 1)), [], KEY)
    backwards = _change(HEADER, 42, b"20250601")
    data = _resealed(FIRST, SECOND, THIRD, header=backwards)
    assert _codes(data) == [(1, "period_to", "period_backwards")]


@pytest.mark.parametrize(
    ("position", "new", "expected"),
    [
        (2, b"000004", ("count", "count_mismatch")),
        (8, b"0000000099415", ("total_yen", "total_mismatch")),
        (21, b"000002", ("preliminary_count", "count_mismatch")),
        (27, b"0000000033139", ("preliminary_yen", "total_mismatch")),
        (40, b"000002", ("confirmed_count", "count_mismatch")),
        (46, b"0000000033139", ("confirmed_yen", "total_mismatch")),
        (59, b"000002", ("cancelled_count", "count_mismatch")),
        (65, b"0000000033139", ("cancelled_yen", "total_mismatch")),
    ],
)
def test_edge_case_16_a_wrong_trailer_refuses_the_file_even_with_a_right_hash(
    position, new, expected
):
    data = _resealed(FIRST, SECOND, THIRD, trailer=_change(TRAILER, position, new))
    assert _codes(data) == [(5, *expected)]


def test_edge_case_16_a_line_left_out_with_everything_made_anew_but_the_totals_is_noticed():
    third_as_second = _change(THIRD, 4, b"000002")
    codes = _codes(_resealed(FIRST, third_as_second))
    assert (4, "confirmed_count", "count_mismatch") in codes
    assert (4, "total_yen", "total_mismatch") in codes


def test_a_record_that_cannot_be_read_is_counted_but_not_summed():
    data = _resealed(_change(FIRST, 38, b"x"), SECOND, THIRD)
    assert _codes(data) == [(2, "amount_yen", "not_digits")]
