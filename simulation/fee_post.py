"""The post between provider and ward: a bill of fees is printed, posted, and read by a clerk.

Carries what the provider's operator prints; whether it is right, the ward says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from shared.wire.fee_bills import LIST_FEE_BILLS, TAKE_FEE_BILL, FeeBillView, TakeFeeBill
from simulation.access import Access


@dataclass
class FeePost:
    """What was posted once is not posted again; after a new start it is, and changes nothing."""

    access: Access
    posted: set[str] = field(default_factory=set)

    async def day(self, _: date) -> int:
        """Bring the ward's clerk the bills that were written meanwhile; return how many."""
        listed = (await self.access.operate(LIST_FEE_BILLS)).bills
        own = [
            bill
            for bill in listed
            if bill.municipality == self.access.municipality and bill.bill_number not in self.posted
        ]
        for bill in own:
            await self.access.staff_asks("clerk", TAKE_FEE_BILL, _read_off(bill))
            self.posted.add(bill.bill_number)
        return len(own)


def _read_off(bill: FeeBillView) -> TakeFeeBill:
    return TakeFeeBill(
        bill_number=bill.bill_number,
        channel="mobile_banking",
        item_fee_yen=bill.item_fee_yen,
        amount_yen=bill.amount_yen,
        lines=bill.lines,
    )
