"""Tests of payment number and confirmation number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.keys.barcode import read_barcode
from shared.keys.payment_number import (
    PaymentNumber,
    SlipType,
    confirmation_number,
    from_biller_number,
    in_groups_of_four,
    is_confirmation_number,
    read_payment_number,
)
from shared.keys.problems import KeyProblem

KEY = bytes(range(32))
NUMBER = PaymentNumber(SlipType.INSTALMENT, 2025, 1, "123456789", 0)
NUMBERS = st.builds(
    PaymentNumber,
    slip_type=st.sampled_from([SlipType.DUNNING, SlipType.REMINDER, SlipType.PART_PAYMENT]),
    fiscal_year=st.integers(2000, 2099),
    instalment=st.integers(0, 99),
    notice_number=st.text("0123456789", min_size=9, max_size=9),
    issue=st.integers(0, 99),
)


def _problem(build, *args):
    with pytest.raises(KeyProblem) as caught:
        build(*args)
    return caught.value


def test_the_vector_is_written():
    assert NUMBER.digits == "125011234567890024"


def test_the_vector_is_read_bare_and_in_printed_groups():
    assert read_payment_number("125011234567890024") == NUMBER
    assert NUMBER.printed == "1250-1123-4567-8900-24"
    assert read_payment_number(NUMBER.printed) == NUMBER


@given(NUMBERS)
def test_what_is_written_is_read_back(number):
    assert read_payment_number(number.digits) == number
    assert read_payment_number(number.printed) == number


@given(NUMBERS)
def test_either_key_yields_the_other(number):
    assert from_biller_number(number.biller_number) == number
    assert number.digits.startswith(number.biller_number)


def test_the_barcode_of_the_vector_yields_the_payment_number():
    barcode = read_barcode("91912345000011250112345678900025093000331386")
    assert from_biller_number(barcode.biller_number) == NUMBER


@given(NUMBERS, st.data())
def test_any_one_wrong_digit_is_noticed(number, data):
    digits = number.digits
    place = data.draw(st.integers(0, 17))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    problem = _problem(read_payment_number, digits[:place] + other + digits[place + 1 :])
    assert problem.code == "wrong_check_digit"


def test_wrong_check_digits_are_named_with_the_right_ones_but_never_the_whole_number():
    problem = _problem(read_payment_number, "125011234567890025")
    assert problem.detail == "the check digits are 25; the right ones are 24"
    assert "123456789" not in str(problem)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "12501123456789002",
        "1250112345678900244",
        "１２5011234567890024",
        "1250-112345678900-24",
    ],
)
def test_what_is_not_18_digits_is_malformed(wrong):
    assert _problem(read_payment_number, wrong).code == "malformed_payment_number"


@pytest.mark.parametrize(
    "fields",
    [
        (6, 2025, 1, "123456789", 0),
        (0, 2025, 1, "123456789", 0),
        (1, 1999, 1, "123456789", 0),
        (1, 2025, 100, "123456789", 0),
        (1, 2025, -1, "123456789", 0),
        (1, 2025, 0, "123456789", 0),
        (2, 2025, 1, "123456789", 0),
        (1, 2025, 1, "12345678", 0),
        (1, 2025, 1, "123456789", 100),
    ],
)
def test_what_the_digits_cannot_say_is_refused(fields):
    assert _problem(PaymentNumber, *fields).code == "malformed_payment_number"


@pytest.mark.parametrize("wrong", ["0250112345678900", "9250112345678900", "125", "x" * 16])
def test_a_foreign_biller_number_is_refused(wrong):
    assert _problem(from_biller_number, wrong).code == "malformed_payment_number"


def test_numbers_of_16_to_20_digits_are_printed_in_groups_of_four():
    assert in_groups_of_four("1234567890123456") == "1234-5678-9012-3456"
    assert in_groups_of_four("12345678901234567890") == "1234-5678-9012-3456-7890"
    assert _problem(in_groups_of_four, "123456789012345").code == "malformed_payment_number"


def test_the_confirmation_vectors_hold():
    assert confirmation_number(KEY, NUMBER.digits) == "7406"
    assert confirmation_number(KEY, NUMBER.digits, 6) == "677406"


def test_another_key_gives_another_confirmation_number():
    other = confirmation_number(bytes(32), NUMBER.digits, 6)
    assert other != confirmation_number(KEY, NUMBER.digits, 6)
    assert is_confirmation_number(other)


@pytest.mark.parametrize("width", [3, 7])
def test_a_confirmation_number_has_4_to_6_digits(width):
    with pytest.raises(ValueError, match="4 to 6 digits"):
        confirmation_number(KEY, NUMBER.digits, width)
    assert not is_confirmation_number("0" * width)


def test_a_confirmation_number_without_a_key_is_refused():
    with pytest.raises(ValueError, match="needs a key"):
        confirmation_number(b"", NUMBER.digits)


def test_a_printed_number_must_be_unprinted_before_it_is_confirmed():
    assert _problem(confirmation_number, KEY, NUMBER.printed).code == "malformed_payment_number"
