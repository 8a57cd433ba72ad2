"""Bills of fees 手数料検収: what is billed, against the ward's own books (BOOKS §1.12, §4).

Fees are never set off against money, so nothing here moves a yen of a heap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from services.ward_gateway.domain.refusals import FeeBillMalformed
from shared.kit.money import Yen

ItemFees = Mapping[str, Yen]
"""The agreed fee of each receipt, in yen, by channel."""


class BilledLine(NamedTuple):
    """Receipts of one month of collection, which its first day names."""

    collected_month: date
    receipt_count: int


@dataclass(frozen=True, slots=True)
class FeeBill:
    """A bill as it was posted."""

    number: str
    channel: str
    item_fee_yen: Yen
    amount_yen: Yen
    lines: tuple[BilledLine, ...]

    def demand_form(self) -> None:
        """Raise FeeBillMalformed unless each line is of another month, named by its first day."""
        months = [line.collected_month for line in self.lines]
        if len(set(months)) != len(months) or any(month.day != 1 for month in months):
            raise FeeBillMalformed

    def owed_yen(self, fees: ItemFees) -> Yen:
        """Return what its counts come to by the agreed fee; nothing where none is agreed."""
        count = sum(line.receipt_count for line in self.lines)
        return Yen(count * int(fees.get(self.channel, 0)))


class MonthBilled(NamedTuple):
    """One channel and month of collection: receipts on all bills, and confirmed in the books."""

    channel: str
    collected_month: date
    billed_count: int
    confirmed_count: int


def find_in_fee_bills(
    bills: Iterable[FeeBill], months: Iterable[MonthBilled], fees: ItemFees
) -> list[Finding]:
    """Return the bills that do not come to the agreed fee, and the months whose counts differ.

    A month that no bill names is no difference: it may still be billed.
    """
    prices = [
        Finding(
            ExceptionCode.FEE_BILL_DIFFERS,
            "fee_bill",
            bill.number,
            Yen(abs(bill.amount_yen - bill.owed_yen(fees))),
            "The bill does not come to its receipts times the agreed fee.",
        )
        for bill in bills
        if bill.amount_yen != bill.owed_yen(fees)
    ]
    counts = [
        Finding(
            ExceptionCode.FEE_BILL_DIFFERS,
            "fee_month",
            f"{month.channel}:{month.collected_month:%Y-%m}",
            Yen(abs(month.billed_count - month.confirmed_count) * int(fees.get(month.channel, 0))),
            "The receipts billed of this month are not as many as are confirmed here.",
        )
        for month in months
        if month.billed_count != month.confirmed_count
    ]
    return prices + counts
