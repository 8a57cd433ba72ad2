"""Tests of fields that a sender may leave blank."""

from __future__ import annotations

import re

import pytest

from shared.files.optional_fields import optional_digits, optional_number

DIGITS = optional_digits("kind", 3, 4)
NUMBER = optional_number("count", 1, 5)


@pytest.mark.parametrize(("image", "value"), [("07", "07"), ("00", "00"), ("  ", "")])
def test_digits_are_kept_as_they_stood(image, value):
    assert re.fullmatch(DIGITS.pattern, image)
    assert DIGITS.read(image) == value
    assert DIGITS.write(value) == image


@pytest.mark.parametrize(("image", "value"), [("00007", 7), ("00000", 0), ("     ", None)])
def test_a_missing_number_is_not_zero(image, value):
    assert re.fullmatch(NUMBER.pattern, image)
    assert NUMBER.read(image) == value
    assert NUMBER.write(value) == image


@pytest.mark.parametrize("image", ["7 ", " 7", "7x", "\u06f7\u06f7", "\u3000\u3000"])
def test_a_half_blank_field_does_not_match(image):
    assert re.fullmatch(DIGITS.pattern, image) is None


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        (DIGITS, "7", "not_digits"),
        (DIGITS, "007", "not_digits"),
        (DIGITS, "  ", "not_digits"),
        (DIGITS, None, "not_text"),
        (NUMBER, 100_000, "too_wide"),
        (NUMBER, -1, "negative"),
        (NUMBER, "7", "not_a_whole_number"),
    ],
)
def test_what_is_neither_whole_nor_missing_is_not_written(field, value, code):
    with pytest.raises(ValueError, match=f"^{code}$"):
        field.write(value)
