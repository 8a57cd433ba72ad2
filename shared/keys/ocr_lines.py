"""The two OCR lines of the standard MPN slip (MPN標準帳票): 39 and 44 digits (DOMAIN §2.2).

Knows the digits, not the paper: fonts and places are the printer's matter.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.keys.check_digits import ocr_check_digits
from shared.keys.payment_number import is_confirmation_number
from shared.keys.problems import KeyProblem, demand_digits, demand_range, is_digits
from shared.kit.money import Yen

UPPER_DIGITS = 39
LOWER_DIGITS = 44
LOWER_BODY_DIGITS = 42
LOWER_FIXED_DIGITS = 9
PAYEE_BEARS_FEE = "2"
STANDARD_SLIP = "8"
ORDINARY_COLLECTION = "1"
MALFORMED = "malformed_ocr_line"
AMOUNT_MAX_YEN = 10**11 - 1


@dataclass(frozen=True, slots=True)
class OcrUpper:
    """The upper line: account, amount, fee bearer, institution, 印紙税区分, 納付区分, free 5."""

    account_number: str
    amount_yen: Yen
    fee_bearer: str
    institution_number: str
    stamp_class: str
    category: str
    free: str

    def __post_init__(self) -> None:
        demand_digits(self.account_number, 11, name="the account number", code=MALFORMED)
        demand_range(self.amount_yen, 0, AMOUNT_MAX_YEN, name="the amount", code=MALFORMED)
        demand_digits(self.fee_bearer, 1, name="the fee bearer", code=MALFORMED)
        demand_digits(self.institution_number, 5, name="the institution number", code=MALFORMED)
        demand_digits(self.stamp_class, 1, name="the stamp class", code=MALFORMED)
        demand_digits(self.category, 3, name="the category", code=MALFORMED)
        demand_digits(self.free, 5, name="the biller's free field", code=MALFORMED)

    @property
    def digits(self) -> str:
        """All 39 digits, CD1 and CD2 first."""
        body = (
            f"{self.account_number}{self.amount_yen:011d}{self.fee_bearer}"
            f"{self.institution_number}{self.stamp_class}{self.category}{self.free}"
        )
        return ocr_check_digits(body) + body


@dataclass(frozen=True, slots=True)
class OcrLower:
    """The lower line: budget class, account, 収納区分, payment and confirmation number, free rest.

    The free field gives way to longer keys, so that the body stays 42 digits.
    """

    budget_class: str
    account_code: str
    payment_number: str
    confirmation_number: str
    free: str
    collection_class: str = STANDARD_SLIP
    collection_kind: str = ORDINARY_COLLECTION

    def __post_init__(self) -> None:
        demand_digits(self.budget_class, 1, name="the budget class", code=MALFORMED)
        demand_digits(self.account_code, 6, name="the account code", code=MALFORMED)
        demand_digits(self.collection_class, 1, name="the collection class", code=MALFORMED)
        demand_digits(self.collection_kind, 1, name="the collection kind", code=MALFORMED)
        if not any(is_digits(self.payment_number, width) for width in range(16, 21)):
            raise KeyProblem(MALFORMED, "a payment number has 16 to 20 digits")
        if not is_confirmation_number(self.confirmation_number):
            raise KeyProblem(MALFORMED, "a confirmation number has 4 to 6 digits")
        free_digits = lower_free_digits(len(self.payment_number), len(self.confirmation_number))
        demand_digits(self.free, free_digits, name="the free field", code=MALFORMED)

    @property
    def digits(self) -> str:
        """All 44 digits, CD1 and CD2 first."""
        body = (
            f"{self.budget_class}{self.account_code}{self.collection_class}{self.collection_kind}"
            f"{self.payment_number}{self.confirmation_number}{self.free}"
        )
        return ocr_check_digits(body) + body


def lower_free_digits(payment_digits: int, confirmation_digits: int) -> int:
    """Return how many free digits are left in the lower line beside keys of these lengths."""
    return LOWER_BODY_DIGITS - LOWER_FIXED_DIGITS - payment_digits - confirmation_digits


def read_ocr_upper(text: str) -> OcrUpper:
    """Read 39 digits. Raises KeyProblem: malformed_ocr_line, wrong_check_digit."""
    body = _body_of(text, UPPER_DIGITS)
    return OcrUpper(
        account_number=body[:11],
        amount_yen=Yen(int(body[11:22])),
        fee_bearer=body[22],
        institution_number=body[23:28],
        stamp_class=body[28],
        category=body[29:32],
        free=body[32:],
    )


def read_ocr_lower(
    text: str, *, payment_digits: int = 18, confirmation_digits: int = 4
) -> OcrLower:
    """Read 44 digits; the lengths of the two keys are agreed, for the line does not say them.

    Raises KeyProblem: malformed_ocr_line, wrong_check_digit.
    """
    body = _body_of(text, LOWER_DIGITS)
    after_payment = LOWER_FIXED_DIGITS + payment_digits
    after_confirmation = after_payment + confirmation_digits
    return OcrLower(
        budget_class=body[0],
        account_code=body[1:7],
        collection_class=body[7],
        collection_kind=body[8],
        payment_number=body[LOWER_FIXED_DIGITS:after_payment],
        confirmation_number=body[after_payment:after_confirmation],
        free=body[after_confirmation:],
    )


def _body_of(text: str, width: int) -> str:
    demand_digits(text, width, name="the OCR line", code=MALFORMED)
    right = ocr_check_digits(text[2:])
    if text[:2] != right:
        raise KeyProblem(
            "wrong_check_digit", f"the check digits are {text[:2]}; the right ones are {right}"
        )
    return text[2:]
