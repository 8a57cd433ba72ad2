"""Pay-easy's payment number (納付番号) and confirmation number (確認番号), OWN DESIGN (§2.6).

Knows how the digits are made; who may ask with them, and how often, is the centre's matter.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from enum import IntEnum

from shared.keys.check_digits import mod_97_10, mod_97_10_holds
from shared.keys.problems import KeyProblem, demand_digits, demand_range, is_digits

PAYMENT_NUMBER_DIGITS = 18
BILLER_NUMBER_DIGITS = 16
CENTURY = 2000
CONFIRMATION_DIGITS_MIN = 4
CONFIRMATION_DIGITS_MAX = 6

MALFORMED = "malformed_payment_number"
_GROUPED = re.compile(r"[0-9]{4}(?:-[0-9]{4}){3,4}(?:-[0-9]{1,3})?")
# MPN allows 16 to 20 digits (DOMAIN §2.1); ours are 18.
_ANY_PAYMENT_NUMBER = re.compile(r"[0-9]{16,20}")


class SlipType(IntEnum):
    """種別: what kind of slip a key stands for."""

    INSTALMENT = 1
    LUMP_SUM = 2
    DUNNING = 3
    REMINDER = 4
    PART_PAYMENT = 5


@dataclass(frozen=True, slots=True)
class PaymentNumber:
    """What our 18 digits say. Raises KeyProblem(malformed_payment_number) for what they cannot."""

    slip_type: SlipType
    fiscal_year: int
    instalment: int
    notice_number: str
    issue: int

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "slip_type", SlipType(self.slip_type))
        except ValueError:
            raise KeyProblem(MALFORMED, "the slip type is 1 to 5") from None
        year_last = CENTURY + 99
        demand_range(self.fiscal_year, CENTURY, year_last, name="the year", code=MALFORMED)
        demand_range(self.instalment, 0, 99, name="the instalment", code=MALFORMED)
        demand_range(self.issue, 0, 99, name="the issue count", code=MALFORMED)
        demand_digits(self.notice_number, 9, name="the notice number", code=MALFORMED)
        if self.slip_type is SlipType.INSTALMENT and self.instalment == 0:
            raise KeyProblem(MALFORMED, "an instalment slip names its instalment, 01 to 99")
        if self.slip_type is SlipType.LUMP_SUM and self.instalment != 0:
            raise KeyProblem(MALFORMED, "a lump-sum slip has instalment 00")

    @property
    def biller_number(self) -> str:
        """The 16 digits of the barcode's biller field: the same key without its check digits."""
        return (
            f"{self.slip_type:d}{self.fiscal_year % 100:02d}{self.instalment:02d}"
            f"{self.notice_number}{self.issue:02d}"
        )

    @property
    def digits(self) -> str:
        """All 18 digits, MOD 97-10 check digits included."""
        number = self.biller_number
        return number + mod_97_10(number)

    @property
    def printed(self) -> str:
        """The groups of four that stand on paper, such as 1250-1123-4567-8900-24."""
        return in_groups_of_four(self.digits)


def read_payment_number(text: str) -> PaymentNumber:
    """Read 18 digits, bare or in printed groups of four.

    Raises KeyProblem: malformed_payment_number, wrong_check_digit (the right digits are named).
    """
    digits = text.replace("-", "") if _GROUPED.fullmatch(text) else text
    demand_digits(digits, PAYMENT_NUMBER_DIGITS, name="a payment number", code=MALFORMED)
    if not mod_97_10_holds(digits) or digits[16:] != mod_97_10(digits[:16]):
        raise KeyProblem(
            "wrong_check_digit",
            f"the check digits are {digits[16:]}; the right ones are {mod_97_10(digits[:16])}",
        )
    return from_biller_number(digits[:16])


def from_biller_number(biller_number: str) -> PaymentNumber:
    """Turn the barcode's 16 biller digits into the payment number; KeyProblem if they hold none."""
    demand_digits(biller_number, BILLER_NUMBER_DIGITS, name="the biller's number", code=MALFORMED)
    if not "1" <= biller_number[0] <= "5":
        raise KeyProblem(MALFORMED, "the slip type is 1 to 5")
    return PaymentNumber(
        slip_type=SlipType(int(biller_number[0])),
        fiscal_year=CENTURY + int(biller_number[1:3]),
        instalment=int(biller_number[3:5]),
        notice_number=biller_number[5:14],
        issue=int(biller_number[14:16]),
    )


def in_groups_of_four(digits: str) -> str:
    """Print a payment number of 16 to 20 digits in groups of four with hyphens (DOMAIN §2.1)."""
    demand_payment_number_form(digits)
    return "-".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def confirmation_number(key: bytes, payment_number: str, digits: int = 4) -> str:
    """Return the 確認番号: HMAC-SHA256 of the bare payment number, mod 10^digits, zero-filled.

    `digits` is 4 to 6 (ValueError otherwise); a malformed payment number raises KeyProblem.
    """
    if not CONFIRMATION_DIGITS_MIN <= digits <= CONFIRMATION_DIGITS_MAX:
        raise ValueError("a confirmation number has 4 to 6 digits")
    if not key:
        raise ValueError("a confirmation number needs a key")
    demand_payment_number_form(payment_number)
    mac = hmac.digest(key, payment_number.encode("ascii"), "sha256")
    return str(int.from_bytes(mac, "big") % 10**digits).zfill(digits)


def is_confirmation_number(text: str) -> bool:
    """Tell whether `text` has the form of a confirmation number: 4 to 6 digits."""
    return any(
        is_digits(text, width)
        for width in range(CONFIRMATION_DIGITS_MIN, CONFIRMATION_DIGITS_MAX + 1)
    )


def demand_payment_number_form(digits: str) -> None:
    """Raise KeyProblem(malformed_payment_number) unless these are 16 to 20 bare digits."""
    if not (isinstance(digits, str) and _ANY_PAYMENT_NUMBER.fullmatch(digits)):
        raise KeyProblem(MALFORMED, "a payment number has 16 to 20 digits")
