"""Card numbers: form, brand, expiry, the keyed hash that may be kept. Knows no token, no network.

A card's number never shows in a repr, and is never written anywhere (DESIGN rule 15).
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from services.card_agent.domain.refusals import BrandNotTaken, CardExpired, CardNumberInvalid


class Brand(StrEnum):
    """The brands that Mobile Regi takes (DOMAIN §10)."""

    VISA = "VISA"
    MASTERCARD = "MASTERCARD"
    JCB = "JCB"
    AMEX = "AMEX"
    DINERS = "DINERS"


@dataclass(frozen=True)
class _Range:
    """Numbers of one brand: a first and last beginning of equal width, and the lengths in use."""

    brand: Brand
    first: str
    last: str
    lengths: tuple[int, ...]

    def holds(self, number: str) -> bool:
        return self.first <= number[: len(self.first)] <= self.last


_RANGES = (
    _Range(Brand.VISA, "4", "4", (13, 16, 19)),
    _Range(Brand.MASTERCARD, "51", "55", (16,)),
    _Range(Brand.MASTERCARD, "2221", "2720", (16,)),
    _Range(Brand.JCB, "3528", "3589", (16,)),
    _Range(Brand.AMEX, "34", "34", (15,)),
    _Range(Brand.AMEX, "37", "37", (15,)),
    _Range(Brand.DINERS, "300", "305", (14,)),
    _Range(Brand.DINERS, "36", "36", (14,)),
    _Range(Brand.DINERS, "38", "38", (14,)),
)
_NUMBER = re.compile(r"[0-9]{12,19}")


@dataclass(frozen=True)
class Card:
    """A card as it lies in memory for some minutes; good up to the last day of its month."""

    number: str = field(repr=False)
    brand: Brand
    expiry_year: int = field(repr=False)
    expiry_month: int = field(repr=False)

    def has_expired(self, today: date) -> bool:
        """Say whether the card's month is over (business time, Tokyo)."""
        return (today.year, today.month) > (self.expiry_year, self.expiry_month)


def passes_luhn(number: str) -> bool:
    """Say whether the last digit is the right check digit (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        tens, ones = divmod(int(digit) * (1 + place % 2), 10)
        total += tens + ones
    return total % 10 == 0


def brand_of(number: str) -> Brand:
    """Return the brand by range; raise BrandNotTaken, or CardNumberInvalid for a wrong length."""
    for numbers in _RANGES:
        if numbers.holds(number):
            if len(number) not in numbers.lengths:
                raise CardNumberInvalid
            return numbers.brand
    raise BrandNotTaken


def read_card(typed: str, expiry_year: int, expiry_month: int, today: date) -> Card:
    """Read a card as a payer typed it (blanks and hyphens between groups are fine).

    Raises CardNumberInvalid, BrandNotTaken or CardExpired; none of them repeats the number.
    """
    number = typed.strip().replace(" ", "").replace("-", "")
    if not _NUMBER.fullmatch(number) or not passes_luhn(number):
        raise CardNumberInvalid
    card = Card(number, brand_of(number), expiry_year, expiry_month)
    if card.has_expired(today):
        raise CardExpired
    return card


def card_hmac(key: bytes, number: str) -> str:
    """Return HMAC-SHA256 of a card number as hex: the same card is known again, never read back."""
    return hmac.new(key, number.encode("ascii"), "sha256").hexdigest()
