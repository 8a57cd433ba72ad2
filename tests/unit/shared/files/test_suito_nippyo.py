"""Tests of the cashier's day sheet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from shared.files.problems import FileProblemError
from shared.files.suito_nippyo import (
    TABLE,
    load_suito_nippyo,
    suito_nippyo_totals,
    write_suito_nippyo,
)
from shared.keys.channels import Channel
from shared.kit.money import Yen
from tests.unit.shared.files.invented_tables import SHEET, TAKEN, TAKEN_BACK, counter_total

# DOMAIN §7, column by column.
COLUMNS = [
    "record_no",
    "office_code",
    "channel",
    "ryoshu_bi",
    "receipt_no",
    "tsuchisho_no",
    "fuka_nendo",
    "ki",
    "amount",
    "correction_of",
    "reason",
]
TOTAL = counter_total([TAKEN])
BRANCH = replace(TAKEN, channel=Channel.BRANCH_OFFICE, office_code="101")


def _numbered(*lines):
    return [replace(line, record_no=number) for number, line in enumerate(lines, 1)]


def _code_of(*lines):
    with pytest.raises(FileProblemError) as caught:
        write_suito_nippyo(_numbered(*lines))
    return caught.value.code


def test_a_sheet_has_its_receipts_and_under_each_counter_its_total():
    assert TABLE.names == COLUMNS
    assert write_suito_nippyo(SHEET.records).decode().split("\r\n")[2:7] == [
        "2,,KUC,2025-06-02,R-0002,123456789,2025,02,33138,,",
        "3,,KUC,2025-06-02,R-0003,123456789,2025,01,33138,R-0001,A1",
        "4,,KUC,2025-06-02,,,,,33138,,",
        "5,101,SHU,2025-06-02,R-0001,123456789,2025,03,33138,,",
        "6,101,SHU,2025-06-02,,,,,33138,,",
    ]


def test_a_receipt_taken_back_counts_against_the_total():
    lines = _numbered(TAKEN, TAKEN_BACK, counter_total([TAKEN, TAKEN_BACK]))
    assert lines[-1].amount_yen == 0
    assert load_suito_nippyo(write_suito_nippyo(lines)).records == lines


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (replace(TAKEN, correction_of="R-0000"), "correction_half_told"),
        (replace(TAKEN, reason="A1"), "correction_half_told"),
        (replace(TAKEN_BACK, correction_of="R-0003"), "corrects_itself"),
        (replace(BRANCH, office_code=""), "branch_without_office_code"),
        (replace(TAKEN, channel=Channel.CONVENIENCE), "unknown_code"),
        (replace(TAKEN, channel=Channel.PAYEASY), "unknown_code"),
        (replace(TAKEN, notice_number=""), "receipt_half_told"),
        (replace(TAKEN, levy_year=None), "receipt_half_told"),
        (replace(TAKEN, amount_yen=Yen(0)), "receipt_of_nothing"),
        (replace(TOTAL, notice_number="123456789"), "total_tells_a_receipt"),
        (replace(TOTAL, correction_of="R-0001", reason="A1"), "total_tells_a_receipt"),
        (replace(TAKEN, reason="because the payer said so"), "malformed_code"),
        (replace(TAKEN, receipt_number="r 1"), "malformed_receipt_number"),
        (replace(TAKEN, notice_number="12345678"), "malformed_notice_number"),
    ],
)
def test_a_writer_refuses_what_contradicts_itself(line, code):
    assert _code_of(line) == code


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((TAKEN,), "counter_without_total"),
        ((TAKEN, BRANCH), "counter_without_total"),
        ((TAKEN, replace(TOTAL, amount_yen=Yen(33_139))), "total_mismatch"),
        ((TAKEN, TAKEN_BACK, TOTAL), "total_mismatch"),
        ((TAKEN, TOTAL, TAKEN, TOTAL), "duplicate_counter"),
        ((BRANCH, counter_total([BRANCH]), TAKEN, TOTAL), "counters_out_of_order"),
        ((TAKEN, replace(TOTAL, collected_on=date(2025, 6, 3))), "several_days"),
    ],
)
def test_lines_that_contradict_each_other_are_refused(lines, code):
    assert _code_of(*lines) == code


def test_a_changed_receipt_is_noticed_at_the_total():
    data = write_suito_nippyo(SHEET.records).replace(b",02,33138", b",02,33183")
    [problem] = load_suito_nippyo(data).problems
    assert (problem.line, problem.field, problem.code) == (5, "amount", "total_mismatch")


def test_sums_are_not_judged_where_a_line_could_not_be_read():
    data = write_suito_nippyo(SHEET.records).replace(b",02,33138", b",02,x")
    assert [problem.code for problem in load_suito_nippyo(data).problems] == ["not_a_number"]


def test_the_totals_beside_the_sheet_are_what_the_cashier_pays_in():
    data = write_suito_nippyo(SHEET.records)
    totals = suito_nippyo_totals(data, SHEET.records)
    assert (totals.count, totals.total_yen) == (6, 66_276)
    assert load_suito_nippyo(data, totals).problems == []
