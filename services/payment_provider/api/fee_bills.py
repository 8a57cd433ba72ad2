"""GET /fee-bills at the operator door: the bills of fees, to be printed and posted."""

from __future__ import annotations

from services.payment_provider.api.access import Res
from services.payment_provider.usecases.write_fee_bills import list_fee_bills
from shared.wire.fee_bills import BilledMonth, FeeBillsListed, FeeBillView


async def get_fee_bills(res: Res) -> FeeBillsListed:
    """Answer LIST_FEE_BILLS."""
    return FeeBillsListed(
        bills=tuple(
            FeeBillView(
                municipality=bill.municipality,
                bill_number=bill.number,
                billed_on=bill.billed_on,
                item_fee_yen=bill.item_fee_yen,
                amount_yen=bill.amount_yen,
                lines=tuple(
                    BilledMonth(
                        collected_month=line.collected_month, receipt_count=line.receipt_count
                    )
                    for line in bill.lines
                ),
            )
            for bill in await list_fee_bills(res.books)
        )
    )
