"""The four keys that a payer keys in at Pay-easy, and the standard slip prints (DOMAIN §2.1).

Knows their forms only; whether they are payable is known by the centre.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.keys.payment_number import demand_payment_number_form, is_confirmation_number
from shared.keys.problems import KeyProblem, demand_digits

INSTITUTION_DIGITS = 5
CATEGORY_DIGITS = 3
MALFORMED = "malformed_payeasy_keys"


@dataclass(frozen=True, slots=True)
class PayeasyKeys:
    """収納機関番号 (5 digits), 納付番号 (16 to 20), 確認番号 (4 to 6) and 納付区分 (3).

    Raises KeyProblem: malformed_payeasy_keys, malformed_payment_number.
    """

    institution_number: str
    payment_number: str
    confirmation_number: str
    category: str

    def __post_init__(self) -> None:
        demand_digits(
            self.institution_number,
            INSTITUTION_DIGITS,
            name="the institution number",
            code=MALFORMED,
        )
        demand_payment_number_form(self.payment_number)
        if not is_confirmation_number(self.confirmation_number):
            raise KeyProblem(MALFORMED, "a confirmation number has 4 to 6 digits")
        demand_digits(self.category, CATEGORY_DIGITS, name="the category", code=MALFORMED)
