"""The customer number (顧客番号) of a direct debit, OWN DESIGN: which claim a bank is to debit.

The bank's record has 20 characters for it (background knowledge, DOMAIN §4.3) and gives back what
it was given. Knows how ours is made, not whether there is such a claim.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.keys.problems import demand_digits, demand_range

DEBIT_CUSTOMER_DIGITS = 15
MALFORMED = "malformed_customer_number"
_YEAR_FIRST, _YEAR_LAST = 2000, 2099


@dataclass(frozen=True, slots=True)
class DebitCustomer:
    """What our 15 digits say: 賦課年度 (4), 通知書番号 (9), 期 (2); the field ends in spaces.

    Raises KeyProblem(malformed_customer_number) for what they cannot say.
    """

    levy_year: int
    notice_number: str
    instalment: int

    def __post_init__(self) -> None:
        demand_range(self.levy_year, _YEAR_FIRST, _YEAR_LAST, name="the year", code=MALFORMED)
        demand_digits(self.notice_number, 9, name="the notice number", code=MALFORMED)
        demand_range(self.instalment, 0, 99, name="the instalment", code=MALFORMED)

    @property
    def digits(self) -> str:
        """All 15 digits."""
        return f"{self.levy_year:04d}{self.notice_number}{self.instalment:02d}"


def read_debit_customer(text: str) -> DebitCustomer:
    """Read 15 digits; KeyProblem(malformed_customer_number) for anything else."""
    demand_digits(text, DEBIT_CUSTOMER_DIGITS, name="a customer number", code=MALFORMED)
    return DebitCustomer(int(text[:4]), text[4:13], int(text[13:]))
