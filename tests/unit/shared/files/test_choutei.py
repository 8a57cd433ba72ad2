"""Tests of choutei.csv."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.files.choutei import (
    BY_DIRECT_DEBIT,
    CARRIED_OVER,
    PAST_YEAR,
    TABLE,
    load_choutei,
    write_choutei,
)
from shared.files.problems import FileProblemError
from shared.kit.money import Yen
from tests.unit.shared.files.invented_rows import ASSESSMENT

# DOMAIN §7, column by column.
COLUMNS = [
    "record_no",
    "proc",
    "kaikei_nendo",
    "choutei_nendo",
    "fuka_nendo",
    "tsuchisho_no",
    "rireki_no",
    "ki",
    "kamoku",
    "choshu_hoho",
    "nofu_hoho",
    "nendo_kubun",
    "choutei_id",
    "kosei_kaisu",
    "jiyu_code",
    "choutei_bi",
    "choutei_gaku",
    "iryo_yen",
    "shien_yen",
    "kaigo_yen",
    "kodomo_yen",
    "entaikin",
    "tokusoku_ryo",
    "nokigen",
    "toriatsukai_kigen",
    "slip_type",
    "issue_no",
    "liable_person_id",
    "kana",
    "name",
    "postal",
    "addr1",
    "addr2",
]


def test_the_header_is_that_of_the_specification():
    assert TABLE.names == COLUMNS
    assert write_choutei([]) == ",".join(COLUMNS).encode() + b"\r\n"


def test_there_is_no_column_for_a_state_number():
    assert not [name for name in COLUMNS if "kojin" in name or "mynumber" in name]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"record_no": 2}, "record_out_of_sequence"),
        ({"medical_yen": Yen(20_001)}, "parts_do_not_add_up"),
        ({"amount_yen": Yen(33_139)}, "parts_do_not_add_up"),
        ({"care_yen": Yen(4_137), "child_yen": Yen(1)}, "child_part_before_2026"),
        ({"year_class": 2}, "year_class_contradicts_years"),
        ({"year_class": 3}, "year_class_contradicts_years"),
        ({"fiscal_year": 2026}, "year_class_contradicts_years"),
        ({"levy_year": 2026}, "levied_after_fiscal_year"),
        ({"year_class": 2, "levy_year": 2026}, "levied_after_fiscal_year"),
        ({"limit_date": None}, "slip_without_limit_date"),
        ({"due_date": ASSESSMENT.limit_date.replace(month=12)}, "limit_before_due"),
        ({"liable_person_id": "123456789012"}, "looks_like_a_state_number"),
        ({"liable_person_id": ""}, "malformed_id"),
        ({"notice_number": "12345678"}, "malformed_notice_number"),
        ({"payer_name_kana": "ヤマガミ"}, "outside_character_set"),
        ({"payer_name_kana": "ｱ" * 49}, "outside_character_set"),
        ({"name": "two\r\nlines"}, "malformed_text"),
        ({"name": "山" * 121}, "malformed_text"),
        ({"postal_code": "160-0022"}, "malformed_postal_code"),
        ({"amount_yen": Yen(-1), "medical_yen": Yen(-13_139)}, "negative"),
        ({"instalment": 100}, "too_wide"),
        ({"fiscal_year": "2025"}, "not_a_whole_number"),
    ],
)
def test_a_writer_refuses_what_it_cannot_write_exactly(changes, code):
    with pytest.raises(FileProblemError) as caught:
        write_choutei([replace(ASSESSMENT, **changes)])
    assert caught.value.code == code


def test_premiums_of_2026_are_the_first_with_a_part_for_children():
    years = {"fiscal_year": 2026, "levy_year": 2026}
    row = replace(ASSESSMENT, care_yen=Yen(4_000), child_yen=Yen(138), **years)
    assert load_choutei(write_choutei([row])).records == [row]


@pytest.mark.parametrize("year_class", [PAST_YEAR, CARRIED_OVER])
def test_an_earlier_levy_in_this_year_s_books_is_of_the_past_or_carried_over(year_class):
    row = replace(ASSESSMENT, fiscal_year=2026, year_class=year_class)
    assert load_choutei(write_choutei([row])).records == [row]


def test_a_row_paid_by_direct_debit_needs_no_limit_date():
    row = replace(ASSESSMENT, payment_method=BY_DIRECT_DEBIT, limit_date=None)
    assert load_choutei(write_choutei([row])).records == [row]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"20000,9000", b"20000,9001", "parts_do_not_add_up"),
        (b"2025-09-30", b"2025-06-29", "limit_before_due"),
        (b"2025-09-30", b"", "slip_without_limit_date"),
        (b"P-000001", b"123456789012", "looks_like_a_state_number"),
        (b"33138", b"033138", "not_a_number"),
        (b"33138", b"-33138", "not_a_number"),
        (b"33138", "３３１３８".encode(), "not_a_number"),
        (b"2025-06-30", b"20250630", "not_a_date"),
    ],
)
def test_a_reader_reports_what_no_sound_file_holds(old, new, code):
    problems = load_choutei(write_choutei([ASSESSMENT]).replace(old, new, 1)).problems
    assert code in {problem.code for problem in problems}
    assert all(problem.structural for problem in problems)


def test_what_looks_like_a_state_number_is_never_shown():
    data = write_choutei([ASSESSMENT]).replace(b"P-000001", b"123456789012")
    [problem] = load_choutei(data).problems
    assert problem.value == ""
