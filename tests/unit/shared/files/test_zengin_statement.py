"""Tests of the Zengin account statement, 200 bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files.problems import FileProblem, FileProblemError
from shared.files.zengin_statement import (
    load_statement,
    read_statement,
    stream_statements,
    write_statement,
)
from shared.files.zengin_statement_records import BalanceSign, Direction, TransactionKind
from shared.kit.money import Yen
from tests.unit.shared.files.invented_values import RECEIVED_ON
from tests.unit.shared.files.invented_zengin_and_shops import (
    CORRECTED,
    PAID_OUT,
    STATEMENT,
    STATEMENT_HEADER,
    TRANSFER_IN,
    statement_line,
)

WRITTEN = write_statement(STATEMENT_HEADER, STATEMENT.records)
COUNTED = write_statement(STATEMENT_HEADER, STATEMENT.records, end_counts=True)
HEADER, FIRST, SECOND, THIRD, TRAILER, END = (WRITTEN[n : n + 200] for n in range(0, 1200, 200))
OVERDRAWN = replace(
    STATEMENT_HEADER, opening_sign=BalanceSign.OVERDRAWN, opening_amount_yen=Yen(5_000)
)


def _load(data):
    return load_statement(data, received_on=RECEIVED_ON)


def _codes(data):
    return [(p.line, p.position, p.field, p.code) for p in _load(data).problems]


def _change(raw, position, new):
    return raw[: position - 1] + new + raw[position - 1 + len(new) :]


def _changed(line, position, new, data=WRITTEN):
    return _change(data, (line - 1) * 200 + position, new)


def test_the_bytes_stand_where_the_table_says():
    assert HEADER[:26] == b"10300706030706020706020001"
    assert HEADER[59:73] == b"00010001234567"
    assert HEADER[113:] == b"1100000001000000" + b" " * 71
    assert FIRST[:36] == b"200000001070602070602111000000066276"
    assert FIRST[36:60] == b"0" * 24
    assert FIRST[60:81] == b" " + b"0000000" + b"000" + b"0000009002"
    assert FIRST[81:] == b"\xc0\xde\xb2\xba\xb3\xb6\xb2\xbc\xd4".ljust(48) + (
        b"\xd0\xce\xdd".ljust(15) + b"\xbc\xc3\xdd".ljust(15) + b" " * 41
    )
    assert SECOND[21:36] == b"214000001200000"
    assert THIRD[21:24] == b"119"
    assert TRAILER[:61] == b"8000002000000013255200000100000012000002000000002000000000003"
    assert END == b"9" + b" " * 199


def test_a_statement_written_in_full_says_what_it_counts_at_its_end():
    assert COUNTED[1000:1016] == b"9000000000600001"
    assert COUNTED[:1000] == WRITTEN[:1000]
    assert _load(COUNTED) == _load(WRITTEN)


@pytest.mark.parametrize(
    ("direction", "kind", "signed"),
    [
        (Direction.IN, TransactionKind.BANK_TRANSFER, 66_276),
        (Direction.OUT, TransactionKind.BANK_TRANSFER, -66_276),
        (Direction.IN, TransactionKind.CORRECTION, -66_276),
        (Direction.OUT, TransactionKind.CORRECTION, 66_276),
    ],
)
def test_a_correction_line_reverses_the_sign(direction, kind, signed):
    line = statement_line(direction=direction, transaction_kind=kind)
    assert line.signed_yen == signed
    trailer = write_statement(STATEMENT_HEADER, [line])[400:600]
    assert int(trailer[40:54]) == 1_000_000 + signed


def test_the_trailer_counts_in_and_out_apart_by_the_flag_as_it_stands():
    pair = [TRANSFER_IN, CORRECTED]
    trailer = write_statement(STATEMENT_HEADER, pair)[600:800]
    assert trailer[:39] == b"8" + b"000002" + b"0000000132552" + b"000000" + b"0000000000000"
    assert int(trailer[40:54]) == 1_000_000


def test_an_account_may_be_overdrawn_before_and_after():
    assert OVERDRAWN.opening_balance_yen == -5_000
    written = write_statement(OVERDRAWN, [statement_line(amount_yen=Yen(4_999))])
    assert written[113:129] == b"2100000000005000"
    assert written[439:454] == b"200000000000001"
    loaded = _load(written)
    assert loaded.problems == []
    assert loaded.header == OVERDRAWN


def test_a_balance_of_nothing_has_one_spelling():
    written = write_statement(OVERDRAWN, [statement_line(amount_yen=Yen(5_000))])
    assert written[439:454] == b"100000000000000"
    assert _codes(_changed(3, 40, b"2", written)) == [
        (3, 40, "closing_sign", "overdrawn_by_nothing")
    ]
    nothing = replace(OVERDRAWN, opening_amount_yen=Yen(0))
    with pytest.raises(FileProblemError, match="opening_sign: overdrawn_by_nothing"):
        write_statement(nothing, [])
    empty = write_statement(replace(nothing, opening_sign=BalanceSign.HOLDS), [])
    assert _codes(_changed(1, 114, b"2", empty)) == [
        (1, 114, "opening_sign", "overdrawn_by_nothing")
    ]


@pytest.mark.parametrize(
    ("line", "position", "new"),
    [
        (1, 114, b"2"),
        (1, 116, b"00000001000001"),
        (5, 40, b"1"),
        (5, 41, b"00000000200001"),
    ],
)
def test_a_balance_that_the_lines_do_not_lead_to_refuses_the_file(line, position, new):
    problems = _load(_changed(line, position, new)).problems
    assert [(p.line, p.field, p.code) for p in problems] == [
        (5, "closing_amount_yen", "balance_mismatch")
    ]
    assert problems[0].structural


def test_an_out_line_read_as_in_is_noticed_three_times_over():
    assert {(p.field, p.code) for p in _load(_changed(3, 22, b"1")).problems} == {
        ("in_count", "count_mismatch"),
        ("in_yen", "total_mismatch"),
        ("out_count", "count_mismatch"),
        ("out_yen", "total_mismatch"),
        ("closing_amount_yen", "balance_mismatch"),
    }


def test_a_correction_that_lost_its_19_is_seen_by_the_balance_alone():
    assert _codes(_changed(4, 23, b"18")) == [
        (5, 41, "closing_amount_yen", "balance_mismatch"),
    ]


@pytest.mark.parametrize(
    ("position", "new", "expected"),
    [
        (2, b"000003", ("in_count", "count_mismatch")),
        (8, b"0000000132553", ("in_yen", "total_mismatch")),
        (21, b"000000", ("out_count", "count_mismatch")),
        (27, b"0000001200001", ("out_yen", "total_mismatch")),
        (55, b"0000004", ("data_count", "count_mismatch")),
    ],
)
def test_edge_case_16_a_wrong_trailer_refuses_the_whole_file(position, new, expected):
    assert _codes(_changed(5, position, new)) == [(5, position, *expected)]
    assert all(problem.structural for problem in _load(_changed(5, position, new)).problems)


def test_edge_case_16_an_unreadable_line_still_counts():
    damaged = _changed(2, 25, b"x")
    assert _codes(damaged) == [(2, 25, "amount_yen", "not_digits")]
    left_out = damaged[:400] + damaged[600:]
    assert _codes(left_out) == [
        (2, 25, "amount_yen", "not_digits"),
        (4, 2, "in_count", "count_mismatch"),
        (4, 55, "data_count", "count_mismatch"),
    ]


@pytest.mark.parametrize("blank", ["record_count", "account_count"])
def test_the_end_record_may_leave_either_count_blank(blank):
    place = {"record_count": (2, b" " * 10), "account_count": (12, b" " * 5)}[blank]
    assert _codes(_changed(6, *place, COUNTED)) == []


@pytest.mark.parametrize(
    ("position", "new", "expected"),
    [
        (2, b"0000000003", (6, 2, "record_count", "count_mismatch")),
        (2, b"0000000000", (6, 2, "record_count", "count_mismatch")),
        (12, b"00002", (6, 12, "account_count", "count_mismatch")),
        (2, b"         6", (6, 2, "record_count", "not_digits")),
        (17, b"X", (6, 17, "filler", "filler_not_blank")),
    ],
)
def test_what_the_end_record_does_say_must_be_right(position, new, expected):
    assert _codes(_changed(6, position, new, COUNTED)) == [expected]


@given(place=st.integers(1000, 1199), other=st.integers(0, 255))
def test_no_byte_of_a_filled_end_record_can_be_wrong_unnoticed(place, other):
    damaged = COUNTED[:place] + bytes([other]) + COUNTED[place + 1 :]
    assert (damaged == COUNTED) == (_load(damaged).problems == [])


def test_several_accounts_are_streamed_and_each_has_its_own_balance():
    second = replace(STATEMENT_HEADER, account_number="0007654321")
    accounts = [(STATEMENT_HEADER, [TRANSFER_IN]), (second, []), (OVERDRAWN, [PAID_OUT])]
    data = b"".join(stream_statements(accounts, end_counts=True))
    assert data[-200:-184] == b"9000000000900003"
    items = list(read_statement(data, received_on=RECEIVED_ON))
    assert items == [STATEMENT_HEADER, TRANSFER_IN, second, OVERDRAWN, PAID_OUT]
    assert [p.code for p in _load(data).problems] == ["several_blocks"]
    damaged = _changed(5, 41, b"00000001000001", data)
    found = read_statement(damaged, received_on=RECEIVED_ON)
    assert [(p.line, p.code) for p in found if isinstance(p, FileProblem)] == [
        (5, "balance_mismatch")
    ]


def test_a_statement_without_any_account_cannot_be_written():
    with pytest.raises(FileProblemError, match="header: no_block"):
        list(stream_statements([]))


@pytest.mark.parametrize("line_end", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\x1a"])
def test_line_ends_and_the_end_of_file_mark_are_optional(line_end, mark):
    data = write_statement(STATEMENT_HEADER, STATEMENT.records, line_end=line_end) + mark
    assert _load(data) == _load(WRITTEN)


def test_another_kind_of_zengin_file_is_refused():
    assert (1, 2, "file_kind", "wrong_constant") in _codes(_changed(1, 2, b"01"))
    assert _codes(_changed(1, 4, b"1")) == [(1, 4, "code_kind", "wrong_constant")]
    assert _codes(_changed(1, 60, b"001")) == [(1, 60, "zeros", "wrong_constant")]


def test_lower_case_and_two_byte_characters_are_refused():
    assert _codes(_changed(2, 82, b"daiko")) == [
        (2, 82, "remitter_name_kana", "outside_character_set")
    ]
    with pytest.raises(FileProblemError, match="summary_kana: outside_character_set"):
        write_statement(STATEMENT_HEADER, [statement_line(summary_kana="還付")])


def test_an_unknown_kind_of_transaction_is_refused():
    assert _codes(_changed(2, 23, b"17")) == [(2, 23, "transaction_kind", "unknown_code")]


def test_a_period_that_runs_backwards_is_refused_on_both_sides():
    with pytest.raises(FileProblemError, match="period_to: period_backwards"):
        write_statement(replace(STATEMENT_HEADER, period_to=date(2025, 6, 1)), [])
    assert _codes(_changed(1, 17, b"070601")) == [(1, 17, "period_to", "period_backwards")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_yen": Yen(10**12)}, "too_wide"),
        ({"amount_yen": Yen(-1)}, "negative"),
        ({"remitter_code": "9002"}, "not_digits"),
        ({"cheque_kind": "12"}, "not_digits"),
        ({"booked_on": None}, "not_a_date"),
        ({"direction": "3"}, "unknown_code"),
    ],
)
def test_a_writer_refuses_what_it_cannot_write_exactly(changes, code):
    with pytest.raises(FileProblemError) as caught:
        write_statement(STATEMENT_HEADER, [PAID_OUT, statement_line(**changes)])
    assert (caught.value.code, caught.value.line) == (code, 2)


def test_a_balance_too_wide_for_its_field_is_not_written():
    full = replace(STATEMENT_HEADER, opening_amount_yen=Yen(10**14 - 1))
    with pytest.raises(FileProblemError, match="closing_amount_yen: too_wide"):
        write_statement(full, [statement_line(amount_yen=Yen(1))])


@pytest.mark.parametrize(
    ("first", "last", "received_on"),
    [
        (date(2018, 12, 28), date(2019, 1, 4), date(2019, 1, 7)),
        (date(2019, 4, 26), date(2019, 5, 7), date(2019, 5, 8)),
        (date(2019, 12, 30), date(2020, 1, 6), date(2020, 1, 7)),
        (date(2025, 12, 30), date(2026, 1, 5), date(2026, 1, 6)),
        (date(1988, 12, 29), date(1989, 1, 9), date(1989, 1, 10)),
    ],
)
def test_edge_case_20_a_statement_across_the_end_of_a_year_or_an_era(first, last, received_on):
    header = replace(STATEMENT_HEADER, created_on=last, period_from=first, period_to=last)
    lines = [
        statement_line(booked_on=day, value_date=first, clearing_presented_on=last)
        for day in (first, last)
    ]
    loaded = load_statement(write_statement(header, lines), received_on=received_on)
    assert loaded.problems == []
    assert (loaded.header, loaded.records) == (header, lines)


def test_edge_case_20_a_day_of_no_era_or_of_another_one_is_refused():
    assert _codes(_changed(2, 10, b"070631")) == [(2, 10, "booked_on", "not_a_date")]
    # Heisei had no May of its year 31; Showa had one, too long ago.
    assert _codes(_changed(2, 10, b"310501")) == [(2, 10, "booked_on", "outside_window")]
    loaded = load_statement(WRITTEN, received_on=date(2010, 1, 1))
    assert {problem.code for problem in loaded.problems} == {"outside_window"}


def test_edge_case_20_zeros_mean_no_day_where_a_day_may_be_missing():
    loaded = _load(_changed(2, 16, b"000000"))
    assert loaded.problems == []
    assert loaded.records[0].value_date is None
    assert _codes(_changed(2, 10, b"000000")) == [(2, 10, "booked_on", "not_a_date")]


@pytest.mark.parametrize(
    ("field", "first", "width"),
    [
        ("remitter_name_kana", 82, 48),
        ("sending_bank_kana", 130, 15),
        ("sending_branch_kana", 145, 15),
        ("summary_kana", 160, 20),
        ("edi", 180, 20),
    ],
)
def test_edge_case_21_a_voiced_kana_at_the_end_of_its_field_stays_whole(field, first, width):
    name = "ｱ" * (width - 2) + "ﾊﾟ"
    line = statement_line(**{field: name})
    written = write_statement(STATEMENT_HEADER, [line])
    assert written[200 + first - 1 : 200 + first - 1 + width] == name.encode("cp932")
    assert _load(written).records == [line]
    with pytest.raises(FileProblemError, match=f"{field}: too_wide"):
        write_statement(STATEMENT_HEADER, [statement_line(**{field: "ｱ" + name})])
