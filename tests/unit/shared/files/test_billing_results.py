"""Tests of the centre's result CSV."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.files.billing_results import (
    TABLE,
    BillingOutcome,
    billing_results_totals,
    load_billing_results,
    write_billing_results,
)
from shared.files.problems import FileProblemError
from tests.unit.shared.files.invented_rows import REFUSED, RESULT, RESULTS


def test_the_header_is_that_of_the_specification():
    assert ",".join(TABLE.names) == (
        "file_seq,record_seq,proc,payment_no,category,result,error_code,error_item,processed_at"
    )


def test_an_accepted_and_a_refused_record_are_told_in_one_row_each():
    rows = write_billing_results(RESULTS.records).split(b"\r\n")
    assert rows[1] == b"1,1,1,125011234567890024,341,0,,,2025-06-02T08:00:00Z"
    assert rows[2] == b"1,2,1,125011234567890024,341,1,E110,payment_number,2025-06-02T08:00:00Z"


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (replace(RESULT, error_code="E110"), "code_contradicts_result"),
        (replace(REFUSED, error_code=""), "code_contradicts_result"),
        (replace(RESULT, error_item="payment_number"), "item_without_code"),
        (replace(RESULT, record_seq=2), "record_out_of_sequence"),
        (replace(REFUSED, error_code="X1"), "malformed_code"),
        (replace(RESULT, result=3), "unknown_code"),
        (replace(RESULT, payment_number="1"), "malformed_payment_number"),
    ],
)
def test_a_writer_refuses_what_contradicts_itself(result, code):
    with pytest.raises(FileProblemError) as caught:
        write_billing_results([result])
    assert caught.value.code == code


def test_a_record_accepted_with_a_remark_keeps_its_code():
    remark = replace(REFUSED, result=BillingOutcome.ACCEPTED_WITH_REMARK)
    assert load_billing_results(write_billing_results([remark])).records == [remark]


def test_totals_beside_the_file_carry_count_and_hash_and_no_yen():
    data = write_billing_results(RESULTS.records)
    totals = billing_results_totals(data, RESULTS.records)
    assert (totals.count, totals.total_yen) == (2, 0)
    assert load_billing_results(data, totals).problems == []
