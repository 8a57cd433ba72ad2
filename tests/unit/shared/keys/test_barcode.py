"""Tests of the 44-digit barcode."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.keys.barcode import (
    BARCODE_AMOUNT_CAP_YEN,
    Barcode,
    barcode_of_free_use,
    read_barcode,
)
from shared.keys.check_digits import modulus_10_weight_3
from shared.keys.problems import KeyProblem
from shared.kit.money import Yen

DIGITS = "91912345000011250112345678900025093000331386"
BARCODE = Barcode(
    maker_code="912345",
    company_code="00001",
    biller_number="1250112345678900",
    reissue=0,
    limit_date=date(2025, 9, 30),
    stamp_flag=0,
    amount_yen=Yen(33_138),
)


def _number(width):
    return st.text("0123456789", min_size=width, max_size=width)


BARCODES = st.builds(
    Barcode,
    maker_code=_number(6),
    company_code=_number(5),
    biller_number=_number(16),
    reissue=st.integers(0, 9),
    limit_date=st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    stamp_flag=st.integers(0, 1),
    amount_yen=st.integers(0, BARCODE_AMOUNT_CAP_YEN).map(Yen),
)


def _code_of(build, *args, **kwargs):
    with pytest.raises(KeyProblem) as caught:
        build(*args, **kwargs)
    return caught.value.code


def _with_check_digit(body):
    return f"{body}{modulus_10_weight_3(body)}"


def test_the_vector_is_written():
    assert BARCODE.digits == DIGITS


def test_the_vector_is_read():
    assert read_barcode(DIGITS) == BARCODE


def test_the_published_vector_is_read_with_reissue_1():
    body = "91" + "912345" + "0123456789012345678901" + "010331" + "0" + "123000"
    barcode = read_barcode(f"{body}3")
    assert (barcode.free_use, barcode.reissue) == ("012345678901234567890", 1)
    assert (barcode.limit_date, barcode.amount_yen) == (date(2001, 3, 31), 123_000)
    assert barcode.digits == f"{body}3"


def test_the_two_lines_under_the_bars_are_those_of_the_guideline():
    assert BARCODE.human_readable() == (
        "(91)912345-0000112501123456789000",
        "250930-0-033138-6",
    )


@given(BARCODES)
def test_what_is_written_is_read_back(barcode):
    assert read_barcode(barcode.digits) == barcode


@given(BARCODES, st.data())
def test_any_one_wrong_digit_is_noticed(barcode, data):
    digits = barcode.digits
    place = data.draw(st.integers(0, 43))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    damaged = digits[:place] + other + digits[place + 1 :]
    assert _code_of(read_barcode, damaged) in {"wrong_check_digit", "malformed_barcode"}


def test_a_wrong_check_digit_is_named_with_the_right_one_but_never_the_whole_barcode():
    with pytest.raises(KeyProblem) as caught:
        read_barcode(DIGITS[:43] + "5")
    assert caught.value.code == "wrong_check_digit"
    assert caught.value.detail == "the check digit is 5; the right one is 6"
    assert DIGITS[:16] not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        DIGITS[:-1],
        DIGITS + "0",
        "９１" + DIGITS[2:],
        " " + DIGITS[1:],
        "(91)" + DIGITS[2:42],
        _with_check_digit("92" + DIGITS[2:43]),
    ],
)
def test_what_is_not_44_digits_after_91_is_malformed(wrong):
    assert _code_of(read_barcode, wrong) == "malformed_barcode"


@pytest.mark.parametrize("limit", ["250231", "251301", "250000", "000000"])
def test_a_limit_date_that_is_no_day_is_refused(limit):
    body = DIGITS[:30] + limit + DIGITS[36:43]
    assert _code_of(read_barcode, _with_check_digit(body)) == "bad_limit_date"


def test_the_two_digit_year_is_western_and_of_this_century():
    body = DIGITS[:30] + "990101" + DIGITS[36:43]
    assert read_barcode(_with_check_digit(body)).limit_date == date(2099, 1, 1)
    assert _code_of(Barcode, "912345", "00001", "0" * 16, 0, date(1999, 12, 31), 0, Yen(1)) == (
        "bad_limit_date"
    )


def test_nothing_is_filled_into_a_short_field():
    assert _code_of(Barcode, "91234", "00001", "0" * 16, 0, None, 0, Yen(1)) == "malformed_barcode"


def test_a_short_free_use_is_filled_on_the_right_as_the_guideline_says():
    barcode = barcode_of_free_use(
        maker_code="912345", free_use="123456", reissue=0, limit_date=None, amount_yen=Yen(1)
    )
    assert barcode.free_use == "123456000000000000000"
    assert _code_of(
        barcode_of_free_use,
        maker_code="912345",
        free_use="1" * 22,
        reissue=0,
        limit_date=None,
        amount_yen=Yen(1),
    ) == ("malformed_barcode")


@pytest.mark.parametrize("amount", [-1, True, 1_000_000])
def test_an_amount_that_is_no_amount_is_refused(amount):
    assert _code_of(Barcode, "912345", "00001", "0" * 16, 0, None, 0, amount) == "amount_over_cap"


def test_edge_case_01_300_000_may_be_paid_and_300_001_may_not():
    allowed = Barcode("912345", "00001", "0" * 16, 0, None, 0, Yen(300_000))
    assert read_barcode(allowed.digits).amount_yen == 300_000
    assert _code_of(Barcode, "912345", "00001", "0" * 16, 0, None, 0, Yen(300_001)) == (
        "amount_over_cap"
    )
    over = _with_check_digit(allowed.digits[:37] + "300001")
    assert _code_of(read_barcode, over) == "amount_over_cap"


def test_edge_case_02_999999_means_no_limit_date():
    barcode = Barcode("912345", "00001", "0" * 16, 0, None, 0, Yen(1))
    assert barcode.digits[30:36] == "999999"
    assert read_barcode(barcode.digits).limit_date is None


def test_edge_case_03_reissue_9_is_the_last_and_10_is_refused_not_clamped():
    assert Barcode("912345", "00001", "0" * 16, 9, None, 0, Yen(1)).digits[29] == "9"
    assert _code_of(Barcode, "912345", "00001", "0" * 16, 10, None, 0, Yen(1)) == (
        "reissue_out_of_range"
    )
