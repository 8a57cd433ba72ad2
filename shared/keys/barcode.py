"""The 44-digit GS1-128 barcode of a payment slip (標準料金代理収納): build, read and print it.

Knows the key and its limits; whether a slip exists or was paid is known by others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from shared.keys.check_digits import modulus_10_weight_3, modulus_10_weight_3_holds
from shared.keys.problems import KeyProblem, demand_digits, demand_range, is_digits
from shared.kit.money import Yen

APPLICATION_IDENTIFIER = "91"
BARCODE_DIGITS = 44
FREE_USE_DIGITS = 21
REISSUE_MAX = 9
# "30万円以下": 300,000 may be paid, 300,001 may not (DOMAIN §1.5).
BARCODE_AMOUNT_CAP_YEN = 300_000
NO_LIMIT_DATE = "999999"
CENTURY = 2000
CENTURY_LAST = 2099


@dataclass(frozen=True, slots=True)
class Barcode:
    """What the 44 digits say; a value that exists is one that can be printed.

    Raises KeyProblem: malformed_barcode, reissue_out_of_range, bad_limit_date, amount_over_cap.
    """

    maker_code: str
    company_code: str
    biller_number: str
    reissue: int
    limit_date: date | None
    stamp_flag: int
    amount_yen: Yen

    def __post_init__(self) -> None:
        malformed = "malformed_barcode"
        demand_digits(self.maker_code, 6, name="the maker code", code=malformed)
        demand_digits(self.company_code, 5, name="the company code", code=malformed)
        demand_digits(self.biller_number, 16, name="the biller's number", code=malformed)
        demand_range(
            self.reissue, 0, REISSUE_MAX, name="the reissue count", code="reissue_out_of_range"
        )
        demand_range(self.stamp_flag, 0, 1, name="the stamp flag", code=malformed)
        demand_range(self.amount_yen, 0, 999_999, name="the amount", code="amount_over_cap")
        _demand_under_cap(self.amount_yen)
        if self.limit_date and not CENTURY <= self.limit_date.year <= CENTURY_LAST:
            raise KeyProblem("bad_limit_date", "a limit date lies in the years 2000 to 2099")

    @property
    def free_use(self) -> str:
        """The 21 digits of 自由使用欄: company code and biller's number."""
        return self.company_code + self.biller_number

    @property
    def digits(self) -> str:
        """All 44 digits, check digit included."""
        body = (
            f"{APPLICATION_IDENTIFIER}{self.maker_code}{self.free_use}{self.reissue}"
            f"{_limit_digits(self.limit_date)}{self.stamp_flag}{self.amount_yen:06d}"
        )
        return f"{body}{modulus_10_weight_3(body)}"

    def human_readable(self) -> tuple[str, str]:
        """Return the two lines under the bars, 上段 and 下段 (DOMAIN §1.3)."""
        digits = self.digits
        return (
            f"(91){self.maker_code}-{self.free_use}{self.reissue}",
            f"{digits[30:36]}-{digits[36]}-{digits[37:43]}-{digits[43]}",
        )


def barcode_of_free_use(
    *,
    maker_code: str,
    free_use: str,
    reissue: int,
    limit_date: date | None,
    amount_yen: Yen,
    stamp_flag: int = 0,
) -> Barcode:
    """Build a barcode from up to 21 digits of free use; a shorter one is filled on the *right*.

    The filling is the guideline's own rule (DOMAIN §1.1). Raises KeyProblem as Barcode does.
    """
    if not 0 < len(free_use) <= FREE_USE_DIGITS:
        raise KeyProblem("malformed_barcode", "free use has 1 to 21 digits")
    filled = free_use.ljust(FREE_USE_DIGITS, "0")
    return Barcode(maker_code, filled[:5], filled[5:], reissue, limit_date, stamp_flag, amount_yen)


def read_barcode(text: str) -> Barcode:
    """Read 44 digits.

    Raises KeyProblem: malformed_barcode, wrong_check_digit, bad_limit_date, amount_over_cap.
    """
    demand_barcode_form(text)
    return Barcode(
        maker_code=text[2:8],
        company_code=text[8:13],
        biller_number=text[13:29],
        reissue=int(text[29]),
        limit_date=_limit_date(text[30:36]),
        stamp_flag=int(text[36]),
        amount_yen=barcode_amount_yen(text),
    )


def demand_barcode_form(text: str) -> None:
    """Raise KeyProblem(malformed_barcode or wrong_check_digit) unless the 44 digits are whole."""
    if not is_digits(text, BARCODE_DIGITS):
        raise KeyProblem("malformed_barcode", "a barcode has exactly 44 digits")
    if not text.startswith(APPLICATION_IDENTIFIER):
        raise KeyProblem("malformed_barcode", "a barcode begins with 91")
    if not modulus_10_weight_3_holds(text):
        right = modulus_10_weight_3(text[:43])
        raise KeyProblem(
            "wrong_check_digit", f"the check digit is {text[43]}; the right one is {right}"
        )


def barcode_amount_yen(digits: str) -> Yen:
    """Return the amount at positions 38-43 of 44 digits that are known to be whole."""
    return Yen(int(digits[37:43]))


def barcode_biller_number(digits: str) -> str:
    """Return the biller's 16 digits at positions 14-29 of 44 digits that are known to be whole."""
    return digits[13:29]


def demand_barcode_rules(digits: str) -> None:
    """Raise KeyProblem for 44 whole digits that no slip may bear: cap, limit date, stamp flag."""
    if digits[36] not in "01":
        raise KeyProblem("malformed_barcode", "the stamp flag is 0 or 1")
    _limit_date(digits[30:36])
    _demand_under_cap(int(digits[37:43]))


def _demand_under_cap(amount_yen: int) -> None:
    if amount_yen > BARCODE_AMOUNT_CAP_YEN:
        raise KeyProblem(
            "amount_over_cap", f"a barcode may carry up to {BARCODE_AMOUNT_CAP_YEN} yen"
        )


def _limit_digits(limit_date: date | None) -> str:
    return NO_LIMIT_DATE if limit_date is None else limit_date.strftime("%y%m%d")


@lru_cache(maxsize=4096)
def _limit_date(digits: str) -> date | None:
    if digits == NO_LIMIT_DATE:
        return None
    try:
        return date(CENTURY + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        raise KeyProblem("bad_limit_date", "the limit date is no day of the calendar") from None
