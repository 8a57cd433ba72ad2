"""Monthly bills of fees: so many yen for each confirmed app-banking receipt, never netted against
what is paid in (BOOKS §1.12).

Knows months and counts; who carries a bill to the municipality is known by nobody here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.payment_provider.domain.contracts import Contract
from shared.kit.calendar import BusinessCalendar
from shared.kit.money import Yen

BILLED_FROM_DAY = 10
"""Day of the month from which a bill is written, on the first business day.

The 確報 of the month before have gone out by then, but for what was settled late.
"""


@dataclass(frozen=True, slots=True)
class FeeLine:
    """How many receipts were collected in a month, named by its first day."""

    collected_month: date
    receipt_count: int


@dataclass(frozen=True, slots=True)
class FeeBill:
    """One bill of one municipality and month of billing; most have a single line."""

    number: str
    municipality: str
    billing_month: date
    billed_on: date
    item_fee_yen: Yen
    lines: tuple[FeeLine, ...]

    @property
    def receipt_count(self) -> int:
        """Return how many receipts the bill is for."""
        return sum(line.receipt_count for line in self.lines)

    @property
    def amount_yen(self) -> Yen:
        """Return what is to be paid."""
        return Yen(self.receipt_count * int(self.item_fee_yen))


@dataclass(frozen=True, slots=True)
class BillableReceipt:
    """A confirmed receipt that no bill bears yet; paid_on: 収納日."""

    id: UUID
    paid_on: date


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def is_billing_time(today: date, calendar: BusinessCalendar) -> bool:
    """Say whether this month's bills may be written: from its first business day from the 10th."""
    return today >= calendar.on_or_after(today.replace(day=BILLED_FROM_DAY))


def fee_bill(contract: Contract, receipts: Iterable[BillableReceipt], today: date) -> FeeBill:
    """Return the bill of some receipts, by the months of their collection, oldest first."""
    counts = Counter(month_of(receipt.paid_on) for receipt in receipts)
    return FeeBill(
        number=f"{contract.municipality}-{today:%Y%m}",
        municipality=contract.municipality,
        billing_month=month_of(today),
        billed_on=today,
        item_fee_yen=contract.item_fee_yen,
        lines=tuple(FeeLine(month, counts[month]) for month in sorted(counts)),
    )
