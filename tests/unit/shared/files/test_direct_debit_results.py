"""Tests of the Zengin direct debit result, 120 bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.files.direct_debit_results import (
    DebitResult,
    DebitsHeader,
    DirectDebit,
    load_debits,
    read_debits,
    write_debits,
)
from shared.files.problems import FileProblemError
from shared.kit.money import Yen
from tests.unit.shared.files.invented_zengin_and_shops import DEBITS, DEBITS_HEADER, debit

WRITTEN = write_debits(DEBITS_HEADER, DEBITS.records)


def _codes(data):
    return [(p.line, p.position, p.field, p.code) for p in load_debits(data).problems]


def _changed(line, position, new):
    start = (line - 1) * 120 + position - 1
    return WRITTEN[:start] + new + WRITTEN[start + len(new) :]


def test_the_bytes_stand_where_the_table_says():
    assert WRITTEN[:14] == b"19100000131041"
    assert WRITTEN[54:62] == b"06300001"
    assert WRITTEN[77:80] == b"001"
    assert WRITTEN[95:120] == b"11234567" + b" " * 17
    first = WRITTEN[120:240]
    assert first[:5] == b"20001"
    assert first[20:23] == b"002"
    assert first[38:50] == b"    17654321"
    assert first[80:] == b"0000033138012345678901" + b" " * 9 + b"0" + b" " * 8
    assert WRITTEN[480:535] == (
        b"8000003000000089014" + b"000001000000033138" + b"000002000000055876"
    )
    assert WRITTEN[600:] == b"9" + b" " * 119


def test_what_was_debited_and_what_failed_are_summed_apart():
    loaded = load_debits(WRITTEN)
    assert loaded.problems == []
    assert [record.is_debited for record in loaded.records] == [True, False, False]


@pytest.mark.parametrize("code", "0123489")
def test_every_result_code_has_a_name(code):
    [read] = load_debits(write_debits(DEBITS_HEADER, [debit(result=DebitResult(code))])).records
    assert (read.result, read.is_debited) == (DebitResult(code), code == "0")


@pytest.mark.parametrize("code", [b"5", b"6", b"7", b" ", b"A"])
def test_an_unknown_result_code_is_refused(code):
    assert _codes(_changed(2, 112, code)) == [(2, 112, "result", "unknown_code")]


@pytest.mark.parametrize("mmdd", ["0101", "0229", "0430", "1231"])
def test_a_month_and_a_day_are_kept_as_text_without_a_year(mmdd):
    header = replace(DEBITS_HEADER, debited_mmdd=mmdd)
    assert load_debits(write_debits(header, [])).header == header


@pytest.mark.parametrize("mmdd", ["0000", "0230", "0431", "1301", "0600", "0632"])
def test_a_day_that_no_year_has_is_refused_on_both_sides(mmdd):
    assert _codes(_changed(1, 55, mmdd.encode())) == [(1, 55, "debited_mmdd", "not_a_date")]
    with pytest.raises(FileProblemError, match="debited_mmdd: not_a_date"):
        write_debits(replace(DEBITS_HEADER, debited_mmdd=mmdd), [])


def test_a_debited_line_read_as_failed_is_noticed():
    assert [(p.field, p.code) for p in load_debits(_changed(2, 112, b"1")).problems] == [
        ("debited_count", "count_mismatch"),
        ("debited_yen", "total_mismatch"),
        ("failed_count", "count_mismatch"),
        ("failed_yen", "total_mismatch"),
    ]


@pytest.mark.parametrize(
    ("position", "new", "expected"),
    [
        (2, b"000004", ("count", "count_mismatch")),
        (8, b"000000089015", ("total_yen", "total_mismatch")),
        (20, b"000002", ("debited_count", "count_mismatch")),
        (26, b"000000033139", ("debited_yen", "total_mismatch")),
        (38, b"000001", ("failed_count", "count_mismatch")),
        (44, b"000000055877", ("failed_yen", "total_mismatch")),
    ],
)
def test_edge_case_16_a_wrong_trailer_refuses_the_whole_file(position, new, expected):
    assert _codes(_changed(5, position, new)) == [(5, position, *expected)]
    assert all(problem.structural for problem in load_debits(_changed(5, position, new)).problems)


def test_edge_case_16_an_unreadable_debit_still_counts():
    damaged = _changed(2, 81, b"x")
    assert _codes(damaged) == [(2, 81, "amount_yen", "not_digits")]
    assert _codes(damaged[:240] + damaged[360:]) == [
        (2, 81, "amount_yen", "not_digits"),
        (4, 2, "count", "count_mismatch"),
        (4, 20, "debited_count", "count_mismatch"),
    ]


@pytest.mark.parametrize("line_end", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\x1a"])
def test_line_ends_and_the_end_of_file_mark_are_optional(line_end, mark):
    data = write_debits(DEBITS_HEADER, DEBITS.records, line_end=line_end) + mark
    assert load_debits(data) == load_debits(WRITTEN)


def test_another_kind_of_zengin_file_is_refused():
    assert _codes(_changed(1, 2, b"21")) == [(1, 2, "file_kind", "wrong_constant")]
    assert _codes(_changed(1, 4, b"1")) == [(1, 4, "code_kind", "wrong_constant")]


def test_several_blocks_are_streamed_and_refused_as_one_result():
    two = WRITTEN[:600] + WRITTEN
    kinds = [type(item) for item in read_debits(two)]
    assert kinds == [DebitsHeader, *[DirectDebit] * 3, DebitsHeader, *[DirectDebit] * 3]
    assert [p.code for p in load_debits(two).problems] == ["several_blocks"]


def test_edge_case_21_a_voiced_kana_at_the_end_of_its_field_stays_whole():
    name = "ｱ" * 28 + "ﾊﾟ"
    written = write_debits(DEBITS_HEADER, [debit(holder_name_kana=name)])
    assert written[170:200] == name.encode("cp932")
    assert load_debits(written).records == [debit(holder_name_kana=name)]
    with pytest.raises(FileProblemError, match="holder_name_kana: too_wide"):
        write_debits(DEBITS_HEADER, [debit(holder_name_kana="ｱ" + name)])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_yen": Yen(10**10)}, "too_wide"),
        ({"amount_yen": Yen(-1)}, "negative"),
        ({"account_number": "765"}, "not_digits"),
        ({"account_type": "4"}, "unknown_code"),
        ({"new_code": ""}, "unknown_code"),
        ({"result": "7"}, "unknown_code"),
        ({"customer_number": "abc"}, "outside_character_set"),
    ],
)
def test_a_writer_refuses_what_it_cannot_write_exactly(changes, code):
    with pytest.raises(FileProblemError) as caught:
        write_debits(DEBITS_HEADER, [debit(), debit(**changes)])
    assert (caught.value.code, caught.value.line) == (code, 2)
