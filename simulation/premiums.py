"""What a household owes for a year: FY2025 rates (DOMAIN §6, BOOKS §6), in ten instalments.

Pure arithmetic in whole yen; knows no file and no door.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

INSTALMENTS = 10
BASIC_DEDUCTION_YEN = 430_000
REDUCTIONS = ((0, Fraction(7, 10)), (305_000, Fraction(5, 10)), (560_000, Fraction(2, 10)))
"""(yen of income over the deduction for each insured person, cut of the per-head part) (bg)."""


@dataclass(frozen=True)
class Part:
    """One part of the premium: a share of income, a sum for each head, and a cap."""

    rate: Fraction
    per_head_yen: int
    cap_yen: int


MEDICAL = Part(Fraction(771, 10_000), 47_300, 660_000)
SUPPORT = Part(Fraction(269, 10_000), 16_800, 260_000)
CARE = Part(Fraction(225, 10_000), 16_600, 170_000)


@dataclass(frozen=True)
class Premium:
    """A premium by part (節), in yen."""

    medical_yen: int
    support_yen: int
    care_yen: int

    @property
    def total_yen(self) -> int:
        """Return the whole premium."""
        return self.medical_yen + self.support_yen + self.care_yen


def annual_premium(income_yen: int, insured: int, of_care_age: int) -> Premium:
    """Return a household's premium for FY2025.

    income_yen: the household's income; insured: heads; of_care_age: those from 40 to 64 years.
    """
    base = max(0, income_yen - BASIC_DEDUCTION_YEN)
    cut = next((cut for limit, cut in REDUCTIONS if base <= limit * insured), Fraction(0))

    def part(of: Part, heads: int) -> int:
        if heads == 0:
            return 0
        per_head = int(of.per_head_yen * heads * (1 - cut))
        return min(of.cap_yen, int(base * of.rate) + per_head)

    return Premium(part(MEDICAL, insured), part(SUPPORT, insured), part(CARE, of_care_age))


def instalments(year: Premium) -> list[Premium]:
    """Split a year into ten: floor(annual / 10) each, the remainder to the first (OWN DESIGN).

    Within an instalment each part is floored and the remainder is medical (BOOKS §1.8).
    """
    amount = year.total_yen // INSTALMENTS
    support, care = year.support_yen // INSTALMENTS, year.care_yen // INSTALMENTS
    later = [Premium(amount - support - care, support, care)] * (INSTALMENTS - 1)
    first = Premium(
        year.medical_yen - sum(p.medical_yen for p in later),
        year.support_yen - support * (INSTALMENTS - 1),
        year.care_yen - care * (INSTALMENTS - 1),
    )
    return [first, *later]
