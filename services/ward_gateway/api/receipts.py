"""GET /receipts: every receipt that the ward holds."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from services.ward_gateway.api.access import Res
from services.ward_gateway.api.pages import Limit, next_after
from shared.wire.ward_intranet import PAGE_ROWS_MAX, ReceiptsPage, ReceiptView


async def get_receipts(
    res: Res, after: UUID | None = None, limit: Limit = PAGE_ROWS_MAX
) -> ReceiptsPage:
    """Return a page of receipts by id."""
    async with res.open_unit_of_work() as work:
        receipts = await work.receipts.page(after=after, limit=limit)
    return ReceiptsPage(
        receipts=tuple(ReceiptView(**asdict(receipt)) for receipt in receipts),
        next_after=next_after([receipt.receipt_id for receipt in receipts], limit),
    )
