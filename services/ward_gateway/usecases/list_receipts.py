"""A page of the ward's receipts, each with its three dates as of today; changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ward_gateway.domain.clearings import LiveReceipt
from services.ward_gateway.domain.holds import designated_date, regime_of
from services.ward_gateway.domain.payment_dates import PaymentDates, fiscal_year, payment_dates
from services.ward_gateway.store.receipts import ReceiptListed
from services.ward_gateway.store.unit_of_work import UnitOfWork
from shared.kit.clock import Clock


@dataclass(frozen=True)
class DatedReceipt:
    """A receipt as a clerk sees it; dates is None for one that was taken back."""

    listed: ReceiptListed
    dates: PaymentDates | None
    hold: str


async def list_receipts(
    *,
    after: UUID | None,
    limit: int,
    open_unit_of_work: Callable[[], UnitOfWork],
    clock: Clock,
    trustee_from: date | None,
) -> list[DatedReceipt]:
    """Return up to `limit` receipts by id, cancelled ones too."""
    today = clock.today()
    async with open_unit_of_work() as work:
        page = await work.receipts.page(after=after, limit=limit)
        ids = [listed.receipt_id for listed in page]
        live = {receipt.id: receipt for receipt in await work.receipts.live(ids)}
        income = await work.receipts.income_of(ids)
    return [
        DatedReceipt(
            listed,
            _dates(live[i], income.get(i), listed.fiscal_year, trustee_from, today)
            if (i := listed.receipt_id) in live
            else None,
            live[i].hold if i in live else "",
        )
        for listed in page
    ]


def _dates(
    receipt: LiveReceipt,
    income_on: date | None,
    claim_year: int | None,
    trustee_from: date | None,
    today: date,
) -> PaymentDates:
    return payment_dates(
        receipt.paid_on,
        receipt.channel,
        regime=regime_of(receipt, trustee_from),
        designated_date=designated_date(receipt),
        income_on=income_on,
        claim_year=fiscal_year(receipt.paid_on) if claim_year is None else claim_year,
        as_of=today,
    )
