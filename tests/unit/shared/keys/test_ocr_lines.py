"""Tests of the two OCR lines of the standard slip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.keys.ocr_lines import (
    OcrLower,
    OcrUpper,
    lower_free_digits,
    read_ocr_lower,
    read_ocr_upper,
)
from shared.keys.problems import KeyProblem
from shared.kit.money import Yen

UPPER = OcrUpper("0" * 11, Yen(33_138), "2", "13104", "0", "341", "25101")
UPPER_DIGITS = "700000000000000000033138213104034125101"
LOWER = OcrLower("1", "000001", "125011234567890024", "4711", "0" * 11)
LOWER_DIGITS = "81100000181125011234567890024471100000000000"


def _number(width):
    return st.text("0123456789", min_size=width, max_size=width)


@st.composite
def lower_lines(draw):
    payment, confirmation = draw(st.integers(16, 20)), draw(st.integers(4, 6))
    return OcrLower(
        budget_class=draw(_number(1)),
        account_code=draw(_number(6)),
        payment_number=draw(_number(payment)),
        confirmation_number=draw(_number(confirmation)),
        free=draw(_number(lower_free_digits(payment, confirmation))),
    )


def _code_of(build, *args):
    with pytest.raises(KeyProblem) as caught:
        build(*args)
    return caught.value.code


def test_the_upper_vector_is_written_and_read():
    assert UPPER.digits == UPPER_DIGITS
    assert read_ocr_upper(UPPER_DIGITS) == UPPER


def test_the_published_upper_line_is_read_and_written():
    line = read_ocr_upper("61" + "0000000000000000003600226000033421101")
    assert (line.amount_yen, line.fee_bearer, line.institution_number) == (3_600, "2", "26000")
    assert (line.stamp_class, line.category, line.free) == ("0", "334", "21101")
    assert line.digits == "610000000000000000003600226000033421101"


def test_the_lower_vector_is_written_and_read():
    assert LOWER.digits == LOWER_DIGITS
    assert read_ocr_lower(LOWER_DIGITS) == LOWER


@given(lower_lines())
def test_the_free_field_gives_way_to_longer_keys(line):
    assert len(line.digits) == 44
    assert line == read_ocr_lower(
        line.digits,
        payment_digits=len(line.payment_number),
        confirmation_digits=len(line.confirmation_number),
    )


@pytest.mark.parametrize(
    ("read", "digits", "right"),
    [(read_ocr_upper, UPPER_DIGITS, "70"), (read_ocr_lower, LOWER_DIGITS, "81")],
)
def test_wrong_check_digits_are_named_with_the_right_ones(read, digits, right):
    with pytest.raises(KeyProblem) as caught:
        read("99" + digits[2:])
    assert caught.value.code == "wrong_check_digit"
    assert caught.value.detail == f"the check digits are 99; the right ones are {right}"


@pytest.mark.parametrize(
    ("read", "digits"), [(read_ocr_upper, UPPER_DIGITS), (read_ocr_lower, LOWER_DIGITS)]
)
def test_any_one_wrong_digit_is_noticed(read, digits):
    for place, digit in enumerate(digits):
        for other in set("0123456789") - {digit}:
            damaged = digits[:place] + other + digits[place + 1 :]
            assert _code_of(read, damaged) == "wrong_check_digit"


@pytest.mark.parametrize("wrong", ["", UPPER_DIGITS[:-1], UPPER_DIGITS + "0", "x" * 39])
def test_a_line_of_another_length_is_malformed(wrong):
    assert _code_of(read_ocr_upper, wrong) == "malformed_ocr_line"


@pytest.mark.parametrize(
    ("payment", "confirmation", "free"),
    [("1" * 15, "4711", "0" * 14), ("1" * 18, "471", "0" * 12), ("1" * 18, "4711", "0" * 12)],
)
def test_keys_of_a_wrong_length_are_refused(payment, confirmation, free):
    code = _code_of(OcrLower, "1", "000001", payment, confirmation, free)
    assert code == "malformed_ocr_line"
