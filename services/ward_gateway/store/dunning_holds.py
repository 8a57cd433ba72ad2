"""What keeps instalments off dunning: clearings, commissions, deposits. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Date, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.clearings import Claim, LiveReceipt
from services.ward_gateway.store.bulk import is_any_of
from services.ward_gateway.store.clearings import CLAIM_COLUMNS, claim_of, receipt_of
from services.ward_gateway.store.income_days import income_days
from services.ward_gateway.store.tables import (
    ASSESSMENTS,
    CLEARINGS,
    RECEIPTS,
    SLIP_ITEMS,
    SLIPS,
)
from services.ward_gateway.store.told_commissions import (
    TOKYO,
    numbered_card_receipts,
    numbered_commissions,
    same_purchase,
    told_receipts_query,
)


class ClearedLate(NamedTuple):
    """A receipt that pays an assessment whose year was closed before its money had come."""

    assessment_id: UUID
    fiscal_year: int
    income_on: date | None
    receipt: LiveReceipt


class DunningHoldStore:
    """Set-based questions; none is asked for one instalment at a time."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def cleared_by(self, receipt_ids: Collection[UUID]) -> set[UUID]:
        """Return the assessments that these receipts pay."""
        query = select(CLEARINGS.c.assessment_id).where(
            is_any_of(CLEARINGS.c.receipt_id, list(receipt_ids))
        )
        return set((await self._connection.execute(query)).scalars())

    async def commissioned_without_receipt(self) -> set[UUID]:
        """Return the assessments on whose slips 丙 reports a commission without a receipt."""
        told, came = numbered_commissions(), numbered_card_receipts()
        query = (
            select(SLIP_ITEMS.c.assessment_id)
            .join_from(told, came, same_purchase(told, came), isouter=True)
            .join(SLIPS, SLIPS.c.barcode == told.c.barcode)
            .join(SLIP_ITEMS, SLIP_ITEMS.c.slip_id == SLIPS.c.id)
            .where(came.c.id.is_(None))
        )
        return set((await self._connection.execute(query)).scalars())

    async def cleared_over_the_closing(self, today: date) -> list[ClearedLate]:
        """Return what was paid by 31 May after its year and whose money came later, or not yet."""
        query, _ = told_receipts_query()
        income = income_days()
        closing = func.make_date(ASSESSMENTS.c.fiscal_year + 1, 5, 31)
        paid_on = cast(func.timezone(TOKYO, RECEIPTS.c.paid_at), Date)
        found = (
            query.add_columns(
                CLEARINGS.c.assessment_id,
                ASSESSMENTS.c.fiscal_year.label("claim_year"),
                income.c.income_on,
            )
            .join(CLEARINGS, CLEARINGS.c.receipt_id == RECEIPTS.c.id)
            .join(ASSESSMENTS, ASSESSMENTS.c.id == CLEARINGS.c.assessment_id)
            .outerjoin(income, income.c.receipt_id == RECEIPTS.c.id)
            .where(
                closing < today,
                paid_on <= closing,
                or_(income.c.income_on.is_(None), income.c.income_on > closing),
            )
        )
        return [
            ClearedLate(row.assessment_id, row.claim_year, row.income_on, receipt_of(row))
            for row in await self._connection.execute(found)
        ]

    async def claims(self, ids: Collection[UUID]) -> list[Claim]:
        """Return claims by id."""
        query = select(*CLAIM_COLUMNS).where(is_any_of(ASSESSMENTS.c.id, list(ids)))
        return [claim_of(row) for row in await self._connection.execute(query)]
