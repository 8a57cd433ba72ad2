"""Tests of the card agent's report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from shared.files.nofu_jutaku_hokoku import (
    TABLE,
    CommissionStatus,
    load_nofu_jutaku_hokoku,
    nofu_jutaku_hokoku_totals,
    write_nofu_jutaku_hokoku,
)
from shared.files.problems import FileProblemError
from shared.kit.money import Yen
from tests.unit.shared.files.invented_rows import COMMISSION, COMMISSIONS, REMITTED

COLUMNS = [
    "record_no",
    "agent_id",
    "commission_no",
    "barcode44",
    "amount",
    "fee_by_payer",
    "authorised_at",
    "approval_no_masked",
    "brand",
    "designated_date",
    "remitted_on",
    "bank_ref",
    "status",
]
LATE = replace(REMITTED, remitted_on=date(2025, 6, 11), status=CommissionStatus.LATE)


def test_the_header_is_that_of_the_specification():
    assert TABLE.names == COLUMNS


def test_a_commission_not_yet_remitted_has_status_0_and_two_empty_columns():
    row = write_nofu_jutaku_hokoku([COMMISSION]).split(b"\r\n")[1]
    assert row.endswith(b"VISA,2025-06-10,,,0")


@pytest.mark.parametrize(
    "commission",
    [
        REMITTED,
        LATE,
        replace(COMMISSION, status=CommissionStatus.LATE),
        replace(COMMISSION, status=CommissionStatus.REVERSED),
        replace(REMITTED, status=CommissionStatus.REVERSED),
    ],
)
def test_what_can_become_of_a_commission_survives_the_round_trip(commission):
    written = write_nofu_jutaku_hokoku([commission])
    assert load_nofu_jutaku_hokoku(written).records == [commission]


@pytest.mark.parametrize(
    ("commission", "code"),
    [
        (replace(COMMISSION, remitted_on=date(2025, 6, 10)), "remittance_half_told"),
        (replace(COMMISSION, bank_ref="T-77"), "remittance_half_told"),
        (replace(REMITTED, status=CommissionStatus.COMMISSIONED), "remitted_but_status_0"),
        (replace(COMMISSION, status=CommissionStatus.REMITTED), "status_1_without_day"),
        (replace(LATE, status=CommissionStatus.REMITTED), "remitted_after_designated_date"),
        (replace(REMITTED, status=CommissionStatus.LATE), "late_but_in_time"),
        (replace(COMMISSION, amount_yen=Yen(33_139)), "amount_differs_from_barcode"),
        (replace(COMMISSION, barcode=COMMISSION.barcode[:-1] + "0"), "wrong_check_digit"),
        (replace(COMMISSION, approval_number_masked="123456"), "approval_number_not_masked"),
        (replace(COMMISSION, approval_number_masked="**12345"), "approval_number_not_masked"),
        (replace(COMMISSION, brand="OTHER"), "unknown_code"),
        (replace(COMMISSION, record_no=2), "record_out_of_sequence"),
        (
            replace(COMMISSION, authorised_at=COMMISSION.authorised_at.replace(microsecond=1)),
            "finer_than_a_second",
        ),
        (
            replace(COMMISSION, authorised_at=COMMISSION.authorised_at.replace(tzinfo=None)),
            "not_an_instant",
        ),
    ],
)
def test_a_writer_refuses_what_contradicts_itself(commission, code):
    with pytest.raises(FileProblemError) as caught:
        write_nofu_jutaku_hokoku([commission])
    assert caught.value.code == code


def test_a_reader_reports_a_contradiction_by_its_column():
    data = write_nofu_jutaku_hokoku([COMMISSION]).replace(b",,,0", b",2025-06-10,T-77,0")
    [problem] = load_nofu_jutaku_hokoku(data).problems
    assert (problem.line, problem.position, problem.code) == (2, 11, "remitted_but_status_0")


def test_an_instant_is_written_in_utc_whatever_its_zone():
    tokyo = timezone(timedelta(hours=9))
    at_noon = replace(COMMISSION, authorised_at=datetime(2025, 6, 2, 12, 0, tzinfo=tokyo))
    written = write_nofu_jutaku_hokoku([at_noon])
    assert b"2025-06-02T03:00:00Z" in written
    assert load_nofu_jutaku_hokoku(written).records == [at_noon]


def test_the_totals_sum_what_was_commissioned_and_not_the_fees():
    data = write_nofu_jutaku_hokoku(COMMISSIONS.records)
    totals = nofu_jutaku_hokoku_totals(data, COMMISSIONS.records)
    assert (totals.count, totals.total_yen) == (2, 66_276)
    assert load_nofu_jutaku_hokoku(data, totals).problems == []
