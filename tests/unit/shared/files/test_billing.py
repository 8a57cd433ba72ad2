"""Tests of the centre's upload file, 256 bytes."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import date

import pytest

from shared.files.billing import load_billing, write_billing
from shared.files.codes import Proc
from shared.files.problems import FileProblemError
from shared.kit.money import Yen
from tests.unit.shared.files.invented_records import BILLING, BILLING_HEADER, BILLING_RECORD
from tests.unit.shared.files.invented_values import KEY

# Whatever is wrong is told in the same way if records are taken together.
pytestmark = pytest.mark.usefixtures("either_way")

WRITTEN = write_billing(BILLING_HEADER, BILLING.records, KEY)
HEADER, FIRST, SECOND, TRAILER, END = (WRITTEN[n : n + 256] for n in range(0, 5 * 256, 256))


def _codes(data, key=KEY):
    return [(p.line, p.field, p.code) for p in load_billing(data, key).problems]


def _resealed(*data_records, header=HEADER, trailer=TRAILER):
    """Make seals and the file's hash anew, so that only other rules can notice."""
    sealed = []
    for raw in data_records:
        seal = hmac.digest(KEY, raw[:215] + raw[247:248], "sha256")[:16].hex().encode()
        sealed.append(raw[:215] + seal + raw[247:])
    before = b"".join([header, *sealed, trailer[:38]])
    digest = hashlib.sha256(before).hexdigest().encode()
    return before + digest + trailer[102:] + END


def _change(raw, position, new):
    return raw[: position - 1] + new + raw[position - 1 + len(new) :]


def test_the_bytes_stand_where_the_table_says():
    assert HEADER[:44] == b"17100100131040002025060216595900000120250603"
    assert FIRST[:42] == b"2100000113104125011234567890024  7406  341"
    assert FIRST[42:86] == b"00000033138000000331380000000000000000000000"
    assert FIRST[86:116] == b"202506302025093020252025010001"
    assert FIRST[116:135] == b"123456789       001"
    assert FIRST[207:215] == b"20250603"
    assert FIRST[247:] == b"0" + b" " * 8
    assert SECOND[247:248] == b"2"
    assert TRAILER[:38] == b"80000020000000066276000001000000000001"
    assert END == b"9" + b" " * 255


def test_the_seal_covers_1_to_215_and_248():
    sealed = FIRST[:215] + FIRST[247:248]
    assert FIRST[215:247].decode() == hmac.digest(KEY, sealed, "sha256")[:16].hex()


def test_the_hash_covers_every_byte_before_it_newlines_left_out():
    expected = hashlib.sha256(HEADER + FIRST + SECOND + TRAILER[:38]).hexdigest()
    assert TRAILER[38:102].decode() == expected
    with_line_ends = write_billing(BILLING_HEADER, BILLING.records, KEY, line_end=b"\r\n")
    assert with_line_ends.replace(b"\r\n", b"") == WRITTEN
    assert _codes(with_line_ends) == []


def test_a_record_changed_after_sealing_is_noticed_twice():
    damaged = WRITTEN.replace(b"123456789 ", b"123456780 ", 1)
    assert _codes(damaged) == [(2, "seal", "wrong_seal"), (4, "sha256", "hash_mismatch")]


def test_another_key_fits_no_record():
    codes = _codes(WRITTEN, bytes(32))
    assert codes == [(2, "seal", "wrong_seal"), (3, "seal", "wrong_seal")]


def test_a_key_too_short_to_prove_anything_is_refused():
    with pytest.raises(ValueError, match="at least 16 bytes"):
        load_billing(WRITTEN, b"short")
    with pytest.raises(ValueError, match="at least 16 bytes"):
        write_billing(BILLING_HEADER, [], b"")


@pytest.mark.parametrize(
    ("position", "new", "expected"),
    [
        (3, b"000002", ("record_seq", "record_out_of_sequence")),
        (9, b"13105", ("institution_number", "institution_differs")),
        (54, b"00000033137", ("amount_yen", "parts_do_not_add_up")),
        (95, b"20250629", ("limit_date", "limit_before_due")),
        (248, b"1", ("delete_reason", "reason_only_with_delete")),
    ],
)
def test_a_rule_between_fields_is_checked_even_when_all_seals_fit(position, new, expected):
    assert _codes(_resealed(_change(FIRST, position, new), SECOND)) == [(2, *expected)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"record_seq": 2}, "record_out_of_sequence"),
        ({"institution_number": "13105"}, "institution_differs"),
        ({"principal_yen": Yen(1)}, "parts_do_not_add_up"),
        ({"limit_date": date(2025, 6, 29)}, "limit_before_due"),
        ({"delete_reason": 1}, "reason_only_with_delete"),
        ({"proc": Proc.DELETE}, "reason_only_with_delete"),
        ({"payment_number": "123456789012345"}, "malformed_payment_number"),
        ({"confirmation_number": "123"}, "malformed_confirmation_number"),
        ({"confirmation_number": "1234567"}, "too_wide"),
        ({"payer_name_kana": "ｱ" * 49}, "too_wide"),
        ({"payer_name_kana": "山上"}, "outside_character_set"),
        ({"amount_yen": Yen(-1)}, "negative"),
        ({"levy_year": 12_025}, "too_wide"),
    ],
)
def test_a_writer_refuses_what_it_cannot_write_exactly(changes, code):
    with pytest.raises(FileProblemError) as caught:
        write_billing(BILLING_HEADER, [replace(BILLING_RECORD, **changes)], KEY)
    assert (caught.value.code, caught.value.line) == (code, 1)


def test_a_record_of_another_category_than_the_header_s_is_told_when_read():
    header = _change(HEADER, 14, b"341")
    data = _resealed(_change(FIRST, 40, b"342"), SECOND, header=header)
    assert _codes(data) == [(2, "category", "category_differs")]


def test_the_category_is_the_header_s_unless_that_says_mixed():
    header = replace(BILLING_HEADER, category="342")
    with pytest.raises(FileProblemError, match="category: category_differs"):
        write_billing(header, [BILLING_RECORD], KEY)
    same = write_billing(replace(header, category="341"), [BILLING_RECORD], KEY)
    assert _codes(same) == []


def test_a_second_block_is_refused():
    two = HEADER + FIRST + TRAILER + HEADER + FIRST + TRAILER + END
    assert (0, "header", "several_blocks") in _codes(two)


def test_an_upload_without_records_is_a_sound_file():
    empty = write_billing(BILLING_HEADER, [], KEY)
    assert len(empty) == 3 * 256
    assert _codes(empty) == []


@pytest.mark.parametrize(
    ("position", "new", "expected"),
    [
        (2, b"000003", [(4, "count", "count_mismatch")]),
        (8, b"0000000066277", [(4, "total_yen", "total_mismatch")]),
        (21, b"000002", [(4, "adds", "count_mismatch")]),
        (27, b"000001", [(4, "changes", "count_mismatch")]),
        (33, b"000000", [(4, "deletes", "count_mismatch")]),
    ],
)
def test_edge_case_16_a_wrong_trailer_refuses_the_file_even_with_a_right_hash(
    position, new, expected
):
    data = _resealed(FIRST, SECOND, trailer=_change(TRAILER, position, new))
    assert _codes(data) == expected
    assert all(problem.structural for problem in load_billing(data, KEY).problems)


def test_edge_case_16_a_wrong_hash_refuses_the_file():
    digit = b"0" if TRAILER[38:39] != b"0" else b"1"
    data = HEADER + FIRST + SECOND + _change(TRAILER, 39, digit) + END
    assert _codes(data) == [(4, "sha256", "hash_mismatch")]


@pytest.mark.parametrize("width", [46, 47, 48])
def test_edge_case_21_a_voiced_kana_at_the_end_of_its_field_stays_whole(width):
    name = "ｱ" * (width - 2) + "ｶﾞ"
    record = replace(BILLING_RECORD, payer_name_kana=name)
    written = write_billing(BILLING_HEADER, [record], KEY)
    assert load_billing(written, KEY).records == [record]
    assert written[256 + 135 : 256 + 183] == name.encode("cp932").ljust(48)


def test_edge_case_21_a_voiced_mark_that_does_not_fit_is_refused_and_not_cut_off():
    record = replace(BILLING_RECORD, payer_name_kana="ｱ" * 47 + "ｶﾞ")
    with pytest.raises(FileProblemError, match="payer_name_kana: too_wide"):
        write_billing(BILLING_HEADER, [record], KEY)
