"""Tests of the check digits, by published vectors and by damage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.keys.check_digits import (
    mod_97_10,
    mod_97_10_holds,
    modulus_10_weight_3,
    modulus_10_weight_3_holds,
    ocr_check_digits,
)
from shared.keys.problems import KeyProblem

NUMBERS = st.text("0123456789", min_size=1, max_size=43)


def test_the_published_barcode_vector_holds():
    body = "91" + "912345" + "0123456789012345678901" + "010331" + "0" + "123000"
    assert modulus_10_weight_3(body) == 3


def test_our_own_barcode_vector_holds():
    assert modulus_10_weight_3("9191234500001125011234567890002509300033138") == 6


def test_the_payment_number_vector_holds():
    assert mod_97_10("1250112345678900") == "24"
    assert mod_97_10_holds("125011234567890024")


def test_the_published_ocr_vector_holds():
    assert ocr_check_digits("0000000000000000003600226000033421101") == "61"


@given(NUMBERS, st.data())
def test_modulus_10_weight_3_notices_any_one_wrong_digit(number, data):
    place = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    damaged = number[:place] + other + number[place + 1 :]
    assert modulus_10_weight_3(damaged) != modulus_10_weight_3(number)


@given(NUMBERS)
def test_a_number_is_whole_with_its_own_check_digit_and_no_other(number):
    right = modulus_10_weight_3(number)
    whole = [digit for digit in range(10) if modulus_10_weight_3_holds(f"{number}{digit}")]
    assert whole == [right]


@given(NUMBERS, st.data())
def test_mod_97_10_notices_any_one_wrong_digit(number, data):
    whole = number + mod_97_10(number)
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != whole[place]]))
    assert mod_97_10_holds(whole)
    assert not mod_97_10_holds(whole[:place] + other + whole[place + 1 :])


@pytest.mark.parametrize(
    "function",
    [modulus_10_weight_3, modulus_10_weight_3_holds, mod_97_10, ocr_check_digits],
)
@pytest.mark.parametrize("wrong", ["", "12a", "１２３", "1 2", "-12"])
def test_what_is_no_digit_is_a_problem(function, wrong):
    with pytest.raises(KeyProblem, match="not_digits"):
        function(wrong)
