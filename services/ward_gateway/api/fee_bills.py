"""POST /fee-bills: a clerk reads a bill off its paper. No decisions here."""

from __future__ import annotations

from services.ward_gateway.api.access import Res
from services.ward_gateway.domain.fee_bills import BilledLine, FeeBill
from services.ward_gateway.usecases.take_fee_bill import take_fee_bill
from shared.wire.fee_bills import CheckedMonth, FeeBillChecked, TakeFeeBill


async def post_fee_bill(body: TakeFeeBill, res: Res) -> FeeBillChecked:
    """Answer TAKE_FEE_BILL."""
    lines = [BilledLine(line.collected_month, line.receipt_count) for line in body.lines]
    bill = FeeBill(
        body.bill_number,
        body.channel,
        body.item_fee_yen,
        body.amount_yen,
        tuple(sorted(lines)),
    )
    fees = res.contract.item_fees_yen
    checked = await take_fee_bill(
        bill, fees, open_unit_of_work=res.open_unit_of_work, clock=res.clock
    )
    return FeeBillChecked(
        bill_number=bill.number,
        differs=checked.differs,
        billed_yen=bill.amount_yen,
        owed_yen=bill.owed_yen(fees),
        months=tuple(
            CheckedMonth(
                collected_month=month.collected_month,
                billed_count=month.billed_count,
                confirmed_count=month.confirmed_count,
            )
            for month in checked.months
        ),
    )
