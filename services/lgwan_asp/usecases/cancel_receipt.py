"""A bank undoes its own receipt of the same day: a 速報取消 follows (BOOKS §1.6)."""

from __future__ import annotations

from datetime import date

from services.lgwan_asp.domain.inquiries import TelegramCode
from services.lgwan_asp.domain.receipts import is_cancelled_already, may_be_cancelled
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork
from shared.kit.clock import Clock


async def cancel_receipt(
    *,
    bank_code: str,
    receipt_number: str,
    paid_on: date,
    reason: int,
    open_unit_of_work: OpenUnitOfWork,
    clock: Clock,
) -> TelegramCode:
    """Cancel a receipt; the key is payable again at once.

    Ends OK, also when the same cancellation is repeated; NOT_CANCELLABLE for a receipt that is
    unknown, another bank's, of another day, confirmed, or cancelled for another reason.
    """
    async with open_unit_of_work() as work:
        receipt = await work.receipts.find(
            bank_code=bank_code, receipt_number=receipt_number, paid_on=paid_on, lock=True
        )
        if receipt is not None and is_cancelled_already(receipt, reason):
            return TelegramCode.OK
        if receipt is None or not may_be_cancelled(receipt, clock.today()):
            return TelegramCode.NOT_CANCELLABLE
        await work.receipts.cancel(receipt, reason=reason, at=clock.now())
        await work.commit()
    return TelegramCode.OK
