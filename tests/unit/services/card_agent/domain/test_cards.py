"""Luhn, brands by range, expiry, and that a card does not show its number."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.card_agent.domain.cards import (
    Brand,
    Card,
    brand_of,
    card_hmac,
    passes_luhn,
    read_card,
)
from services.card_agent.domain.network_books import RESERVED_NUMBERS
from services.card_agent.domain.refusals import BrandNotTaken, CardExpired, CardNumberInvalid

TODAY = date(2025, 6, 2)


@pytest.mark.parametrize("number", ["79927398713", "4111111111111111", "378282246310005"])
def test_the_right_check_digit_passes(number: str) -> None:
    assert passes_luhn(number)


@given(st.from_regex(r"[0-9]{11,18}", fullmatch=True))
def test_one_check_digit_of_ten_is_right(body: str) -> None:
    assert sum(passes_luhn(f"{body}{digit}") for digit in range(10)) == 1


@given(st.from_regex(r"[0-9]{12,19}", fullmatch=True), st.data())
def test_one_wrong_digit_is_noticed(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(number) - 1))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    changed = number[:place] + digit + number[place + 1 :]
    assert passes_luhn(number) + passes_luhn(changed) < 2


@pytest.mark.parametrize(
    ("beginning", "length", "brand"),
    [
        ("4", 13, Brand.VISA),
        ("4", 16, Brand.VISA),
        ("4", 19, Brand.VISA),
        ("51", 16, Brand.MASTERCARD),
        ("55", 16, Brand.MASTERCARD),
        ("2221", 16, Brand.MASTERCARD),
        ("2720", 16, Brand.MASTERCARD),
        ("3528", 16, Brand.JCB),
        ("3589", 16, Brand.JCB),
        ("34", 15, Brand.AMEX),
        ("37", 15, Brand.AMEX),
        ("300", 14, Brand.DINERS),
        ("305", 14, Brand.DINERS),
        ("36", 14, Brand.DINERS),
        ("38", 14, Brand.DINERS),
    ],
)
def test_the_range_says_the_brand(beginning: str, length: int, brand: Brand) -> None:
    assert brand_of(beginning.ljust(length, "0")) is brand


@pytest.mark.parametrize("outside", ["50", "56", "2220", "2721", "3527", "3590", "306", "39", "6"])
def test_a_number_beside_every_range_is_not_taken(outside: str) -> None:
    with pytest.raises(BrandNotTaken):
        brand_of(outside.ljust(16, "0"))


@pytest.mark.parametrize(("beginning", "length"), [("4", 15), ("51", 15), ("37", 16), ("36", 16)])
def test_a_length_that_the_brand_does_not_use_is_invalid(beginning: str, length: int) -> None:
    with pytest.raises(CardNumberInvalid):
        brand_of(beginning.ljust(length, "0"))


@pytest.mark.parametrize(
    "typed", ["4111111111111111", " 4111 1111 1111 1111 ", "4111-1111-11111111"]
)
def test_groups_may_be_typed_apart(typed: str) -> None:
    assert read_card(typed, 2025, 6, TODAY).number == "4111111111111111"


@pytest.mark.parametrize("typed", ["", "4111", "4111111111111112", "４１１１111111111111", "4111x"])
def test_what_is_no_number_is_invalid_and_not_repeated(typed: str) -> None:
    with pytest.raises(CardNumberInvalid) as refused:
        read_card(typed, 2029, 12, TODAY)
    assert not typed or typed not in refused.value.detail


@pytest.mark.parametrize(("year", "month", "expired"), [(2025, 5, True), (2025, 6, False)])
def test_a_card_is_good_to_the_end_of_its_month(year: int, month: int, expired: bool) -> None:
    card = Card("4111111111111111", Brand.VISA, year, month)
    assert card.has_expired(date(2025, 6, 30)) is expired
    if expired:
        with pytest.raises(CardExpired):
            read_card(card.number, year, month, TODAY)


def test_a_card_does_not_show_its_number_or_expiry() -> None:
    shown = repr(Card("4111111111111111", Brand.VISA, 2029, 12))
    assert "4111" not in shown
    assert "2029" not in shown


def test_the_same_card_has_the_same_hash_under_one_key_only() -> None:
    number = "4111111111111111"
    assert card_hmac(b"a" * 32, number) == card_hmac(b"a" * 32, number)
    assert card_hmac(b"a" * 32, number) != card_hmac(b"b" * 32, number)


@pytest.mark.parametrize("number", RESERVED_NUMBERS)
def test_every_reserved_number_can_be_typed_into_the_app(number: str) -> None:
    assert read_card(number, 2029, 12, TODAY).number == number
