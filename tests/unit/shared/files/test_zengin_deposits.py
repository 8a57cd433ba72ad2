"""Tests of the Zengin deposit notice, 200 bytes, formats A and B."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from shared.files.problems import FileProblemError
from shared.files.zengin_deposits import Deposit, load_deposits, read_deposits, write_deposits
from shared.kit.money import Yen
from tests.unit.shared.files.invented_records import (
    CANCELLED_DEPOSIT,
    DEPOSIT,
    DEPOSITS,
    DEPOSITS_HEADER,
)
from tests.unit.shared.files.invented_values import RECEIVED_ON

# Whatever is wrong is told in the same way if records are taken together.
pytestmark = pytest.mark.usefixtures("either_way")

WRITTEN = write_deposits(DEPOSITS_HEADER, DEPOSITS.records)
HEADER, FIRST, SECOND, TRAILER, END = (WRITTEN[n : n + 200] for n in range(0, 1000, 200))


def _load(data):
    return load_deposits(data, received_on=RECEIVED_ON)


def _codes(data):
    return [(p.line, p.position, p.field, p.code) for p in _load(data).problems]


def _change(raw, position, new):
    return raw[: position - 1] + new + raw[position - 1 + len(new) :]


def _format_b(raw, amount_2, cheques_2=0):
    """Turn a format A record into format B."""
    return raw[:128] + f"{amount_2:012d}{cheques_2:012d}".encode() + raw[128:148] + b" " * 28


def _trailer(count, total):
    return b"8" + f"{count:06d}{total:012d}{0:06d}{0:012d}".encode() + b" " * 163


def test_the_bytes_stand_where_the_table_says():
    assert HEADER[:26] == b"10100706030706020706020001"
    assert FIRST[:49] == (b"2000001070602070602000006627600000000000000009002")
    assert FIRST[127:] == b" " * 73
    assert SECOND[127:148] == b"1X-1" + b" " * 17
    assert TRAILER[:37] == b"8000001000000066276000001000000066276"
    assert END == b"9" + b" " * 199


def test_transfers_and_cancellations_are_summed_apart():
    loaded = _load(WRITTEN)
    assert loaded.problems == []
    assert [deposit.is_cancelled for deposit in loaded.records] == [False, True]


def test_format_b_is_recognised_and_its_wider_amount_taken():
    wide = _format_b(_change(FIRST, 20, b"0" * 10), 12_345_678_901, 5)
    loaded = _load(HEADER + wide + _trailer(1, 12_345_678_901) + END)
    assert loaded.problems == []
    assert loaded.records == [
        replace(DEPOSIT, amount_yen=Yen(12_345_678_901), cheques_yen=Yen(5), edi="")
    ]


def test_format_b_keeps_its_text_at_its_own_place():
    text_b = _format_b(SECOND[:127] + b" " + SECOND[128:], 66_276)
    loaded = _load(HEADER + text_b + _trailer(1, 66_276) + END)
    assert [(d.edi, d.amount_yen) for d in loaded.records] == [("X-1", 66_276)]


def test_two_amounts_of_format_b_that_differ_are_a_problem():
    data = HEADER + _format_b(FIRST, 66_277) + _trailer(1, 66_277) + END
    assert _codes(data) == [(2, 129, "amount_2_yen", "amounts_differ")]


def test_one_file_has_one_format():
    data = HEADER + FIRST + _format_b(FIRST, 66_276) + _trailer(2, 132_552) + END
    assert _codes(data) == [(3, 153, "edi", "mixed_formats")]


def test_one_file_has_one_format_in_whichever_pieces_it_comes():
    data = HEADER + _format_b(FIRST, 66_276) + FIRST + _trailer(2, 132_552) + END
    pieces = [data[start : start + 200] for start in range(0, len(data), 200)]
    assert _codes(pieces) == [(3, 129, "edi", "mixed_formats")]


@pytest.mark.parametrize("line_end", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\x1a"])
def test_line_ends_and_the_end_of_file_mark_are_optional(line_end, mark):
    data = write_deposits(DEPOSITS_HEADER, DEPOSITS.records, line_end=line_end) + mark
    assert _load(data) == _load(WRITTEN)


def test_a_zero_in_the_cancel_mark_is_kept_as_it_stood():
    data = HEADER + _change(FIRST, 128, b"0") + _trailer(1, 66_276) + END
    [deposit] = _load(data).records
    assert (deposit.cancel_mark, deposit.is_cancelled) == ("0", False)


def test_zeros_in_the_value_date_mean_none_but_not_in_the_booking_date():
    data = HEADER + _change(FIRST, 14, b"000000") + _trailer(1, 66_276) + END
    assert [d.value_date for d in _load(data).records] == [None]
    data = HEADER + _change(FIRST, 8, b"000000") + _trailer(1, 66_276) + END
    assert _codes(data) == [(2, 8, "booked_on", "not_a_date")]


def test_ebcdic_is_refused():
    assert _codes(_change(WRITTEN, 4, b"1")) == [(1, 4, "code_kind", "wrong_constant")]


def test_another_kind_of_zengin_file_is_refused():
    assert (1, 2, "file_kind", "wrong_constant") in _codes(_change(WRITTEN, 2, b"03"))


def test_several_accounts_are_streamed_and_refused_as_one_notice():
    two = HEADER + FIRST + _trailer(1, 66_276) + HEADER + FIRST + _trailer(1, 66_276) + END
    items = list(read_deposits(two, received_on=RECEIVED_ON))
    assert items == [DEPOSITS_HEADER, DEPOSIT, DEPOSITS_HEADER, DEPOSIT]
    assert [p.code for p in _load(two).problems] == ["several_blocks"]


@pytest.mark.parametrize(
    ("deposit", "code"),
    [
        (replace(DEPOSIT, amount_yen=Yen(10**10)), "too_wide"),
        (replace(DEPOSIT, amount_yen=Yen(-1)), "negative"),
        (replace(DEPOSIT, remitter_code="9002"), "not_digits"),
        (replace(DEPOSIT, remitter_name_kana="ダイコウ"), "outside_character_set"),
        (replace(DEPOSIT, booked_on=date(1900, 1, 1)), "not_a_date"),
        (replace(DEPOSIT, booked_on=None), "not_a_date"),
        (replace(DEPOSIT, cancel_mark="2"), "unknown_code"),
    ],
)
def test_a_writer_refuses_what_it_cannot_write_exactly(deposit, code):
    with pytest.raises(FileProblemError) as caught:
        write_deposits(DEPOSITS_HEADER, [CANCELLED_DEPOSIT, deposit])
    assert (caught.value.code, caught.value.line) == (code, 2)


def test_a_period_that_runs_backwards_is_refused_on_both_sides():
    with pytest.raises(FileProblemError, match="period_to: period_backwards"):
        write_deposits(replace(DEPOSITS_HEADER, period_to=date(2025, 6, 1)), [])
    assert _codes(_change(WRITTEN, 17, b"070601")) == [(1, 17, "period_to", "period_backwards")]


@pytest.mark.parametrize(
    ("position", "new", "expected"),
    [
        (2, b"000002", ("count", "count_mismatch")),
        (8, b"000000066277", ("total_yen", "total_mismatch")),
        (20, b"000000", ("cancelled_count", "count_mismatch")),
        (26, b"000000000000", ("cancelled_yen", "total_mismatch")),
    ],
)
def test_edge_case_16_a_wrong_trailer_refuses_the_whole_file(position, new, expected):
    data = HEADER + FIRST + SECOND + _change(TRAILER, position, new) + END
    assert _codes(data) == [(4, position, *expected)]
    assert all(problem.structural for problem in _load(data).problems)


def test_edge_case_16_an_unreadable_line_still_counts():
    assert _codes(HEADER + _change(FIRST, 20, b"x") + SECOND + TRAILER + END) == [
        (2, 20, "amount_yen", "not_digits")
    ]
    assert _codes(HEADER + _change(FIRST, 20, b"x") + TRAILER + END) == [
        (2, 20, "amount_yen", "not_digits"),
        (3, 2, "count", "count_mismatch"),
    ]


@pytest.mark.parametrize(
    ("first", "last", "received_on"),
    [
        (date(2018, 12, 28), date(2019, 1, 4), date(2019, 1, 7)),
        (date(2019, 4, 26), date(2019, 5, 7), date(2019, 5, 8)),
        (date(2019, 12, 30), date(2020, 1, 6), date(2020, 1, 7)),
        (date(2025, 12, 30), date(2026, 1, 5), date(2026, 1, 6)),
    ],
)
def test_edge_case_20_a_notice_across_the_end_of_a_year_or_an_era(first, last, received_on):
    header = replace(DEPOSITS_HEADER, created_on=last, period_from=first, period_to=last)
    deposits = [replace(DEPOSIT, booked_on=day, value_date=first) for day in (first, last)]
    loaded = load_deposits(write_deposits(header, deposits), received_on=received_on)
    assert loaded.problems == []
    assert (loaded.header, loaded.records) == (header, deposits)


def test_edge_case_20_a_day_of_the_other_era_is_outside_the_file_s_years():
    loaded = load_deposits(WRITTEN, received_on=date(1996, 1, 1))
    assert loaded.problems == []
    assert loaded.records[0].booked_on == date(1995, 6, 2)
    loaded = load_deposits(WRITTEN, received_on=date(2010, 1, 1))
    assert {problem.code for problem in loaded.problems} == {"outside_window"}


def test_edge_case_21_a_voiced_kana_at_the_end_of_its_field_stays_whole():
    name = "ｱ" * 46 + "ﾊﾟ"
    deposit = replace(DEPOSIT, remitter_name_kana=name)
    written = write_deposits(DEPOSITS_HEADER, [deposit])
    assert written[249:297] == name.encode("cp932")
    assert _load(written).records == [deposit]
    with pytest.raises(FileProblemError, match="remitter_name_kana: too_wide"):
        write_deposits(DEPOSITS_HEADER, [replace(deposit, remitter_name_kana="ｱ" + name)])


def test_a_deposit_is_a_record_of_its_own():
    assert isinstance(_load(WRITTEN).records[0], Deposit)
