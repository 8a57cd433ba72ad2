"""Tests of layouts: they prove themselves, never cut, fill in or default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace

import pytest

from shared.files import layout
from shared.files.layout import RecordLayout
from shared.files.problems import FileProblemError
from shared.kit.money import Yen

SAMPLE = RecordLayout(
    "sample",
    40,
    [
        layout.constant("kind", 1, 1, "2"),
        layout.digits("code", 2, 5),
        layout.yen("amount_yen", 6, 11),
        layout.day("paid_on", 12, 19),
        layout.text("name_kana", 20, 29),
        layout.key("number", 30, 35, letters="[0-9]", shortest=4, code="malformed_number"),
        layout.choice("mark", 36, 36, {" ": "", "1": "1"}),
        layout.filler(37, 40),
    ],
)
GOOD = SimpleNamespace(
    code="0042",
    amount_yen=Yen(123),
    paid_on=date(2025, 6, 2),
    name_kana="ﾔﾏ A",
    number="1234",
    mark="1",
)


def _with(**changes):
    return SimpleNamespace(**{**vars(GOOD), **changes})


def test_a_sound_record_survives_the_round_trip():
    raw = SAMPLE.encode(GOOD)
    assert raw == b"2004200012320250602\xd4\xcf A      1234  1    "
    assert SAMPLE.decode(raw.decode("latin-1")) == list(vars(GOOD).values())


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([layout.digits("a", 1, 3), layout.filler(5, 10)], "starts at 5, expected 4"),
        ([layout.digits("a", 1, 3), layout.filler(3, 10)], "starts at 3, expected 4"),
        ([layout.digits("a", 1, 3), layout.filler(4, 9)], "covers 9 bytes, expected 10"),
        ([layout.digits("a", 1, 3), layout.filler(4, 11)], "covers 11 bytes, expected 10"),
        ([layout.digits("a", 1, 3), layout.digits("a", 4, 10)], "names a field twice"),
    ],
)
def test_a_layout_that_does_not_cover_every_byte_once_cannot_be_imported(fields, message):
    with pytest.raises(ValueError, match=message):
        RecordLayout("bad", 10, fields)


def test_a_constant_of_another_width_cannot_be_imported():
    with pytest.raises(ValueError, match="does not fill 1-3"):
        layout.constant("kind", 1, 3, "71")


def test_a_record_with_other_fields_than_its_layout_cannot_be_imported():
    @dataclass
    class Other:
        code: str

    with pytest.raises(ValueError, match="Other has"):
        SAMPLE.proved_for(Other)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("code", "042", "not_digits"),
        ("code", "00042", "not_digits"),
        ("code", "００４２", "not_digits"),
        ("code", 42, "not_text"),
        ("amount_yen", 1_000_000, "too_wide"),
        ("amount_yen", -1, "negative"),
        ("amount_yen", True, "not_a_whole_number"),
        ("amount_yen", 1.0, "not_a_whole_number"),
        ("amount_yen", "123", "not_a_whole_number"),
        ("amount_yen", None, "not_a_whole_number"),
        ("paid_on", datetime(2025, 6, 2), "not_a_date"),  # noqa: DTZ001 - wrong on purpose
        ("paid_on", "20250602", "not_a_date"),
        ("paid_on", date(1899, 12, 31), "not_a_date"),
        ("paid_on", None, "not_a_date"),
        ("name_kana", "ABCDEFGHIJK", "too_wide"),
        ("name_kana", "山田", "outside_character_set"),
        ("name_kana", "ヤマ", "outside_character_set"),
        ("name_kana", "abc", "outside_character_set"),
        ("name_kana", "A\nB", "outside_character_set"),
        ("name_kana", " A", "space_at_either_end"),
        ("name_kana", "A ", "space_at_either_end"),
        ("name_kana", None, "not_text"),
        ("number", "123", "malformed_number"),
        ("number", "1234567", "too_wide"),
        ("mark", "2", "unknown_code"),
        ("mark", True, "unknown_code"),
        ("mark", ["1"], "unknown_code"),
    ],
)
def test_a_writer_refuses_what_it_cannot_write_exactly(field, value, code):
    with pytest.raises(FileProblemError) as caught:
        SAMPLE.encode(_with(**{field: value}))
    assert (caught.value.field, caught.value.code) == (field, code)
    assert caught.value.value is value


def test_all_faults_of_a_record_are_told_with_position_field_code_and_value():
    image = "3004x00012 20250231lower     12  3  x   "
    assert SAMPLE.decode(image) is None
    assert [tuple(fault) for fault in SAMPLE.diagnose(image)] == [
        (1, "kind", "wrong_constant", "3", True),
        (2, "code", "not_digits", "004x", True),
        (6, "amount_yen", "not_digits", "00012 ", True),
        (12, "paid_on", "not_a_date", "20250231", True),
        (20, "name_kana", "outside_character_set", "lower     ", True),
        (30, "number", "malformed_number", "12  3 ", True),
        (37, "filler", "filler_not_blank", "x   ", True),
    ]


@pytest.mark.parametrize("name", ["          ", "A         ", "ABCDEFGHIJ"])
def test_text_may_be_empty_or_fill_its_field(name):
    image = "2004200012320250602" + name + "1234  1    "
    values = SAMPLE.decode(image)
    assert values is not None
    assert values[3] == name.rstrip()


def test_a_damaged_number_is_not_zero():
    raw = SAMPLE.encode(GOOD).decode("latin-1")
    assert SAMPLE.decode(raw[:5] + "   123" + raw[11:]) is None
