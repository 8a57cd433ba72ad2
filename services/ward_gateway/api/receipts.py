"""GET /receipts: every receipt that the ward holds, with its three dates."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from services.ward_gateway.api.access import Res
from services.ward_gateway.api.pages import Limit, next_after
from services.ward_gateway.usecases.list_receipts import DatedReceipt, list_receipts
from shared.wire.ward_intranet import PAGE_ROWS_MAX, ReceiptsPage, ReceiptView


async def get_receipts(
    res: Res, after: UUID | None = None, limit: Limit = PAGE_ROWS_MAX
) -> ReceiptsPage:
    """Return a page of receipts by id."""
    found = await list_receipts(
        after=after,
        limit=limit,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
        trustee_from=res.contract.trustee_from,
    )
    return ReceiptsPage(
        receipts=tuple(_view(receipt) for receipt in found),
        next_after=next_after([receipt.listed.receipt_id for receipt in found], limit),
    )


def _view(receipt: DatedReceipt) -> ReceiptView:
    dates = receipt.dates
    return ReceiptView(
        **asdict(receipt.listed),
        deemed_on=dates.deemed_on if dates else None,
        income_on=dates.income_on if dates else None,
        revenue_year=dates.revenue_year if dates else None,
        hold=receipt.hold,
    )
