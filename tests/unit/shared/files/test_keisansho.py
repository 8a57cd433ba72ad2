"""Tests of the pay-in statement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from shared.files.keisansho import TABLE, keisansho_totals, load_keisansho, write_keisansho
from shared.files.problems import FileProblemError
from shared.keys.channels import Channel
from shared.kit.money import Yen
from tests.unit.shared.files.invented_tables import PART, STATEMENT

# DOMAIN §7, column by column.
COLUMNS = [
    "record_no",
    "municipality",
    "channel",
    "remitter_code",
    "shuno_bi_from",
    "shuno_bi_to",
    "haraikomi_bi",
    "fuka_nendo",
    "ki",
    "count",
    "amount",
]
FIRST_PART, FIRST_TOTAL, SECOND_PART, THIRD_PART, SECOND_TOTAL = STATEMENT.records


def _numbered(*lines):
    return [replace(line, record_no=number) for number, line in enumerate(lines, 1)]


def _code_of(*lines):
    with pytest.raises(FileProblemError) as caught:
        write_keisansho(_numbered(*lines))
    return caught.value.code


def test_a_statement_has_its_parts_and_under_them_its_total():
    assert TABLE.names == COLUMNS
    assert write_keisansho(STATEMENT.records).decode().split("\r\n")[3:6] == [
        "3,131041,MRC,0000009002,2025-06-02,2025-06-03,2025-06-10,2025,01,2,66276",
        "4,131041,MRC,0000009002,2025-06-02,2025-06-03,2025-06-10,2025,02,1,1923",
        "5,131041,MRC,0000009002,2025-06-02,2025-06-03,2025-06-10,,,3,68199",
    ]


def test_a_pay_in_of_nothing_is_a_total_of_nothing():
    nothing = replace(FIRST_TOTAL, record_no=1, count=0, amount_yen=Yen(0))
    assert load_keisansho(write_keisansho([nothing])).records == [nothing]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"record_no": 2}, "record_out_of_sequence"),
        ({"collected_from": date(2025, 6, 4)}, "period_reversed"),
        ({"paid_in_on": date(2025, 6, 2)}, "paid_in_before_collected"),
        ({"levy_year": None}, "part_half_told"),
        ({"instalment": None}, "part_half_told"),
        ({"count": 0}, "amount_without_count"),
        ({"municipality": "13104"}, "not_digits"),
        ({"remitter_code": "9002"}, "not_digits"),
        ({"channel": "MRC"}, "unknown_code"),
        ({"count": 1_000_000}, "too_wide"),
        ({"amount_yen": Yen(-1)}, "negative"),
    ],
)
def test_a_writer_refuses_what_contradicts_itself(changes, code):
    with pytest.raises(FileProblemError) as caught:
        write_keisansho([replace(PART, **changes)])
    assert caught.value.code == code


def test_a_pay_in_of_one_day_paid_in_on_that_day_is_sound():
    day = date(2025, 6, 2)
    lines = [replace(line, collected_to=day, paid_in_on=day) for line in (PART, FIRST_TOTAL)]
    lines[1] = replace(
        lines[1],
        record_no=2,
        channel=PART.channel,
        remitter_code=PART.remitter_code,
        count=PART.count,
        amount_yen=PART.amount_yen,
    )
    assert load_keisansho(write_keisansho(lines)).problems == []


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((FIRST_PART, replace(FIRST_TOTAL, count=2)), "count_mismatch"),
        ((FIRST_PART, replace(FIRST_TOTAL, amount_yen=Yen(1))), "total_mismatch"),
        ((FIRST_PART, FIRST_TOTAL, SECOND_PART, SECOND_TOTAL), "count_mismatch"),
        ((FIRST_PART,), "pay_in_without_total"),
        ((FIRST_PART, SECOND_PART, THIRD_PART, SECOND_TOTAL), "pay_in_without_total"),
        ((FIRST_PART, FIRST_TOTAL, FIRST_PART, FIRST_TOTAL), "duplicate_pay_in"),
        ((SECOND_PART, SECOND_PART), "duplicate_part"),
        ((THIRD_PART, SECOND_PART, SECOND_TOTAL), "parts_out_of_order"),
        ((SECOND_PART, THIRD_PART, SECOND_TOTAL, FIRST_PART), "pay_ins_out_of_order"),
        ((FIRST_PART, replace(FIRST_TOTAL, municipality="131059")), "several_municipalities"),
    ],
)
def test_lines_that_contradict_each_other_are_refused(lines, code):
    assert _code_of(*lines) == code


def test_sums_are_not_judged_where_a_line_could_not_be_read():
    data = write_keisansho(STATEMENT.records).replace(b",02,1,1923", b",02,1,x")
    assert [p.code for p in load_keisansho(data).problems] == ["not_a_number"]
    data = write_keisansho(STATEMENT.records).replace(b",,,1,66276", b",,,1,x")
    assert [p.code for p in load_keisansho(data).problems] == ["not_a_number"]


def test_the_totals_beside_the_file_sum_the_parts_once():
    data = write_keisansho(STATEMENT.records)
    totals = keisansho_totals(data, STATEMENT.records)
    assert (totals.count, totals.total_yen) == (5, 66_276 + 68_199)
    assert load_keisansho(data, totals).problems == []


def test_pay_ins_stand_in_the_order_of_their_columns():
    assert FIRST_TOTAL.pay_in < SECOND_TOTAL.pay_in
    assert FIRST_TOTAL.pay_in[1] == Channel.MOBILE_BANKING.code
