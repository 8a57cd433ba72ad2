"""Tests of shuno.csv."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from shared.files.codes import DataType
from shared.files.problems import FileProblemError
from shared.files.shuno import (
    BREAKDOWN,
    TABLE,
    MatchStatus,
    load_shuno,
    shuno_totals,
    write_shuno,
)
from shared.kit.money import Yen
from tests.unit.shared.files.invented_receipts import MATCHED, NOT_COMPARED, SHUNO, UNKNOWN_CLAIM

# DOMAIN §7, column by column; nendo_kubun is from BOOKS §1.8.
COLUMNS = [
    "record_no",
    "receipt_id",
    "channel",
    "data_type",
    "payment_no",
    "tsuchisho_no",
    "fuka_nendo",
    "choutei_nendo",
    "ki",
    "kamoku",
    "nendo_kubun",
    "amount",
    "principal",
    "entaikin",
    "tokusoku_ryo",
    "iryo_yen",
    "shien_yen",
    "kaigo_yen",
    "kodomo_yen",
    "ryoshu_bi",
    "deemed_bi",
    "data_sakusei_bi",
    "haraikomi_yotei_bi",
    "haraikomi_bi",
    "shunyu_bi",
    "bank_code",
    "branch_code",
    "shop_code",
    "receipt_no",
    "source_file",
    "source_line",
    "match_status",
    "exception_code",
]
OVER = replace(
    MATCHED,
    match_status=MatchStatus.OVER,
    exception_code="over_assessed",
    **dict.fromkeys(BREAKDOWN),
)


def test_the_header_is_that_of_the_specification() -> None:
    assert TABLE.names == COLUMNS
    assert write_shuno([]) == ",".join(COLUMNS).encode() + b"\r\n"


@pytest.mark.parametrize("row", [MATCHED, NOT_COMPARED, UNKNOWN_CLAIM, OVER])
def test_each_kind_of_match_can_be_written_and_read(row) -> None:
    assert load_shuno(write_shuno([row])).records == [row]


def test_without_what_is_assessed_breakdown_and_match_are_empty_and_no_sum_is_demanded() -> None:
    [row] = write_shuno([NOT_COMPARED]).split(b"\r\n")[1:2]
    cells = dict(zip(COLUMNS, row.decode().split(","), strict=True))
    empty = {name for name, cell in cells.items() if not cell}
    assert empty >= {"principal", "iryo_yen", "kodomo_yen", "match_status", "nendo_kubun"}
    assert cells["amount"] == "33138"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"record_no": 2}, "record_out_of_sequence"),
        ({"amount_yen": Yen(33_139)}, "parts_do_not_add_up"),
        ({"care_yen": Yen(4_139)}, "parts_do_not_add_up"),
        ({"late_charge_yen": Yen(1)}, "parts_do_not_add_up"),
        ({"child_yen": None}, "breakdown_half_told"),
        (dict.fromkeys(BREAKDOWN), "breakdown_contradicts_match"),
        ({"match_status": None}, "claim_contradicts_match"),
        ({"match_status": MatchStatus.OVER}, "exception_contradicts_match"),
        ({"exception_code": "over_assessed"}, "exception_contradicts_match"),
        ({"account_code": ""}, "claim_half_told"),
        ({"instalment": None}, "key_half_told"),
        ({"data_type": DataType.CANCELLED}, "paid_in_only_with_02"),
        (
            {"data_type": DataType.CANCELLED, "paid_in_on": None, "booked_on": date(2025, 6, 6)},
            "booked_only_with_02",
        ),
        ({"notice_number": "1234567890123456"}, "malformed_notice_number"),
        ({"receipt_id": ""}, "malformed_id"),
        ({"amount_yen": Yen(-1)}, "negative"),
        ({"principal_yen": "33138"}, "not_a_whole_number"),
        ({"match_status": 7}, "unknown_code"),
    ],
)
def test_a_writer_refuses_what_it_cannot_write_exactly(changes, code) -> None:
    with pytest.raises(FileProblemError) as caught:
        write_shuno([replace(MATCHED, **changes)])
    assert caught.value.code == code


def test_an_amount_without_a_breakdown_is_proved_by_the_totals_beside_the_file() -> None:
    rows = [NOT_COMPARED]
    data = write_shuno(rows)
    totals = shuno_totals(data, rows)
    place = data.index(b",33138,") + 1
    for digit in b"0124567":
        damaged = data[:place] + bytes([digit]) + data[place + 1 :]
        codes = {problem.code for problem in load_shuno(damaged, totals).problems}
        assert codes & {"total_mismatch", "not_a_number"}, chr(digit)
        assert "hash_mismatch" in codes


def test_reading_back_what_was_written_gives_the_same_bytes() -> None:
    data = SHUNO.write(SHUNO.header, SHUNO.records)
    assert write_shuno(load_shuno(data).records) == data
