"""A bank's daily total against the receipts of that day: 確報 waits while they differ (BOOKS §2.1).

Pure; which of the two is wrong is not known here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from services.lgwan_asp.domain.receipts import Receipt


class TotalsCode(StrEnum):
    """Results of a bank's daily total (OWN DESIGN)."""

    OK = "00"
    NO_SUCH_INSTITUTION = "10"
    BANK_NOT_APPOINTED = "13"
    DIFFERS = "51"
    DAY_NOT_COME = "62"


class BankDay(NamedTuple):
    """What one bank took for one collecting institution on one Tokyo day."""

    bank_code: str
    institution_number: str
    paid_on: date

    @property
    def subject(self) -> str:
        """The subject of an exception about it."""
        return f"{self.bank_code}/{self.institution_number}/{self.paid_on.isoformat()}"


class DayTotals(NamedTuple):
    """How many receipts, and their yen."""

    receipt_count: int
    amount_yen: int


@dataclass(frozen=True, slots=True)
class Compared:
    """What a bank told last of a day, and what we hold of it, undone payments left out."""

    day: BankDay
    told: DayTotals
    held: DayTotals

    @property
    def agrees(self) -> bool:
        """Count and yen are the same."""
        return self.told == self.held


def refusal(
    day: BankDay, appointed_banks: Collection[str] | None, today: date
) -> TotalsCode | None:
    """Say why a total is not taken, or None; appointed_banks None: we serve no such institution."""
    if appointed_banks is None:
        return TotalsCode.NO_SUCH_INSTITUTION
    if day.bank_code not in appointed_banks:
        return TotalsCode.BANK_NOT_APPOINTED
    return TotalsCode.DAY_NOT_COME if day.paid_on > today else None


def day_of(receipt: Receipt) -> BankDay:
    """Return the bank's day in whose total a receipt stands."""
    n = receipt.notification
    return BankDay(n.bank_code, receipt.key.institution_number, n.paid_on)
