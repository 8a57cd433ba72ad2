"""Tests of the 13-column receipts CSV and of its dialect with the types 1, 2 and 9."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from shared.files import receipts_csv, receipts_csv_129
from shared.files.problems import FileProblemError
from shared.files.receipts_csv import (
    ReceiptsCsvType,
    load_receipts_csv,
    receipts_csv_totals,
    write_receipts_csv,
)
from shared.files.receipts_csv_129 import (
    load_receipts_csv_129,
    receipts_csv_129_totals,
    write_receipts_csv_129,
)
from shared.keys.barcode import Barcode
from shared.keys.check_digits import modulus_10_weight_3
from shared.keys.problems import KeyProblem
from shared.kit.money import Yen
from tests.unit.shared.files.invented_tables import CSV_RECEIPTS, CSV_RECEIPTS_129, csv_receipt

# DOMAIN §3.1, column by column.
COLUMNS = [
    "種別",
    "収納日",
    "収納時刻",
    "バーコード情報",
    "ユーザー使用欄１",
    "ユーザー使用欄２",
    "印紙フラグ",
    "金額",
    "コンビニ本部コード",
    "コンビニ名",
    "コンビニ店舗コード",
    "振込日",
    "データ作成日",
]
RECEIPT = csv_receipt()


def _codes(data):
    return [(p.line, p.field, p.code) for p in load_receipts_csv(data).problems]


def _with_check_digit(body):
    return f"{body}{modulus_10_weight_3(body)}"


def test_a_receipt_is_written_to_the_byte():
    row = (
        "01,20250602,1201,EAN91912345000011250112345678900025093000331386,125011,23456789000,"
        '0,33138,020,"見本ストア～本店",000000,0,20250603'
    )
    written = write_receipts_csv([RECEIPT])
    assert written == f"{','.join(COLUMNS)}\r\n{row}\r\n".encode("cp932")
    assert load_receipts_csv(written).records == [RECEIPT]


@pytest.mark.parametrize("data_type", ReceiptsCsvType)
def test_each_data_type_survives_the_round_trip(data_type):
    receipt = csv_receipt(data_type)
    assert load_receipts_csv(write_receipts_csv([receipt])).records == [receipt]


def test_the_transfer_date_is_0_unless_the_type_is_02_12_or_22():
    with_date = [kind.value for kind in ReceiptsCsvType if csv_receipt(kind).transfer_date]
    assert with_date == ["02", "12", "22"]
    for kind in ReceiptsCsvType:
        other = None if kind.value in with_date else date(2025, 6, 10)
        with pytest.raises(FileProblemError) as caught:
            write_receipts_csv([csv_receipt(kind, transfer_date=other)])
        assert caught.value.code in {"transfer_date_missing", "transfer_date_too_early"}


def test_what_the_barcode_says_is_taken_from_it_alone():
    assert (RECEIPT.user_field_1, RECEIPT.user_field_2) == ("125011", "23456789000")
    assert (RECEIPT.stamp_flag, RECEIPT.amount_yen) == ("0", 33_138)
    with pytest.raises(KeyProblem, match="wrong_check_digit"):
        csv_receipt(barcode=RECEIPT.barcode[:-1] + "0")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_yen": Yen(33_139)}, "amount_differs_from_barcode"),
        ({"user_field_1": "125012"}, "differs_from_barcode"),
        ({"user_field_2": "23456789001"}, "differs_from_barcode"),
        ({"stamp_flag": "1"}, "differs_from_barcode"),
        ({"stamp_flag": "2"}, "unknown_code"),
        ({"barcode": "EAN" + RECEIPT.barcode}, "malformed_barcode"),
        ({"barcode": RECEIPT.barcode[:-1] + "0"}, "wrong_check_digit"),
        ({"paid_at_hhmm": "2400"}, "not_a_time"),
        ({"chain_code": "20"}, "not_digits"),
        ({"chain_code": "90001"}, "not_digits"),
        ({"shop_code": "00000"}, "not_digits"),
        ({"chain_name": "見本〜"}, "outside_character_set"),
        ({"chain_name": "見本¥"}, "outside_character_set"),
        ({"chain_name": "two\nlines"}, "malformed_text"),
        ({"chain_name": "見" * 61}, "malformed_text"),
        ({"data_type": "01 "}, "unknown_code"),
        ({"paid_on": None}, "not_a_date"),
        ({"amount_yen": Yen(1_000_000)}, "too_wide"),
    ],
)
def test_a_writer_refuses_what_it_cannot_write_exactly(changes, code):
    with pytest.raises(FileProblemError) as caught:
        write_receipts_csv([replace(RECEIPT, **changes)])
    assert caught.value.code == code


def test_a_postal_transfer_has_neither_time_nor_limit_date():
    postal = csv_receipt(ReceiptsCsvType.POSTAL_TRANSFER)
    for changes, code in (
        ({"paid_at_hhmm": "0001"}, "postal_with_time"),
        ({"barcode": RECEIPT.barcode}, "postal_with_limit_date"),
    ):
        with pytest.raises(FileProblemError) as caught:
            write_receipts_csv([replace(postal, **changes)])
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'"', b"", "wrong_quoting"),
        (b",020,", b',"020",', "wrong_quoting"),
        (b"EAN", b"ean", "malformed_barcode"),
        (b",33138,", b",033138,", "not_a_number"),
        (b",0,20250603", b",,20250603", "not_a_date"),
        (b",0,20250603", b",00000000,20250603", "not_a_date"),
        (b"20250602", b"20250631", "not_a_date"),
        (b"01,2025", b"99,2025", "unknown_code"),
        (b"01,2025", b"1,2025", "unknown_code"),
    ],
)
def test_a_reader_reports_what_no_sound_file_holds(old, new, code):
    damaged = write_receipts_csv([RECEIPT]).replace(old, new)
    assert [found for _, _, found in _codes(damaged)] == [code]


def test_a_header_in_quotes_is_another_header():
    header, rest = write_receipts_csv([RECEIPT]).split(b"\r\n", 1)
    quoted = b'"' + header.replace(b",", b'","') + b'"'
    assert _codes(quoted + b"\r\n" + rest) == [(1, "header", "wrong_header")]


def test_edge_case_01_a_receipt_over_the_cap_goes_to_a_clerk_and_not_to_waste():
    over = _with_check_digit(RECEIPT.barcode[:37] + "300001")
    sound = write_receipts_csv([csv_receipt()])
    data = sound.replace(RECEIPT.barcode.encode(), over.encode()).replace(b",33138,", b",300001,")
    loaded = load_receipts_csv(data)
    assert [(p.code, p.structural) for p in loaded.problems] == [("amount_over_cap", False)]
    assert [record.amount_yen for record in loaded.records] == [300_001]


def test_edge_case_02_a_barcode_without_limit_is_sound():
    endless = Barcode("912345", "00001", "1250112345678900", 0, None, 0, Yen(1)).digits
    receipt = csv_receipt(barcode=endless)
    assert load_receipts_csv(write_receipts_csv([receipt])).records == [receipt]


def test_the_totals_sum_the_amounts():
    data = write_receipts_csv(CSV_RECEIPTS.records)
    totals = receipts_csv_totals(data, CSV_RECEIPTS.records)
    assert (totals.count, totals.total_yen) == (6, 6 * 33_138)
    assert load_receipts_csv(data, totals).problems == []


def test_the_two_dialects_refuse_each_other_s_files():
    ours = write_receipts_csv(CSV_RECEIPTS.records)
    theirs = write_receipts_csv_129(CSV_RECEIPTS_129.records)
    for load, data in ((load_receipts_csv, theirs), (load_receipts_csv_129, ours)):
        loaded = load(data)
        assert loaded.records == []
        assert {problem.code for problem in loaded.problems} == {"unknown_code"}


def test_the_dialect_has_the_types_1_2_9_and_the_same_records():
    data = write_receipts_csv_129(CSV_RECEIPTS_129.records)
    assert [line[:2] for line in data.split(b"\r\n")[1:4]] == [b"1,", b"2,", b"9,"]
    assert load_receipts_csv_129(data).records == CSV_RECEIPTS_129.records
    assert load_receipts_csv(write_receipts_csv(CSV_RECEIPTS_129.records)).problems == []
    assert receipts_csv_129_totals(data, CSV_RECEIPTS_129.records).count == 3
    assert receipts_csv_129.TABLE.names == receipts_csv.TABLE.names == COLUMNS


@pytest.mark.parametrize("data_type", ["12", "22", "81"])
def test_a_type_that_the_dialect_lacks_cannot_be_written(data_type):
    with pytest.raises(FileProblemError) as caught:
        write_receipts_csv_129([csv_receipt(ReceiptsCsvType(data_type))])
    assert (caught.value.field, caught.value.code) == ("種別", "unknown_code")
