"""Decisions about trustees in default, insert-only, and the commissions that they are about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.clearings import LiveReceipt
from services.ward_gateway.store.agent_tables import TRUSTEE_DECISIONS
from services.ward_gateway.store.clearings import receipt_of
from services.ward_gateway.store.tables import COMMISSIONS
from services.ward_gateway.store.told_commissions import told_receipts_query
from shared.kit.journal import Journal

RECORD = TRUSTEE_DECISIONS.name
_D = TRUSTEE_DECISIONS.c


@dataclass(frozen=True, slots=True)
class TrusteeDecision:
    """受託者への滞納処分終了: a supervisor's decision, with the number of its document."""

    commission_number: str
    document_number: str
    decided_on: date


class TrusteeStore:
    """One decision per commission, never changed."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def decided(self) -> set[str]:
        """Return the commission numbers that were returned to their payers."""
        return set((await self._connection.execute(select(_D.commission_number))).scalars())

    async def find(self, commission_number: str) -> TrusteeDecision | None:
        """Return the decision about a commission."""
        query = select(TRUSTEE_DECISIONS).where(_D.commission_number == commission_number)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _decision(row)

    async def is_reported(self, commission_number: str) -> bool:
        """Say whether the card agent reported such a commission."""
        query = select(exists().where(COMMISSIONS.c.commission_number == commission_number))
        return bool((await self._connection.execute(query)).scalar_one())

    async def receipt_of(self, commission_number: str) -> LiveReceipt | None:
        """Return the live receipt of the same purchase, if there is one."""
        query, told = told_receipts_query()
        found = query.where(told.c.commission_number == commission_number)
        row = (await self._connection.execute(found)).one_or_none()
        return None if row is None else receipt_of(row)

    async def add(self, decision: TrusteeDecision, recorded_at: datetime) -> None:
        """Write a decision down."""
        await self._connection.execute(
            insert(TRUSTEE_DECISIONS).values(
                commission_number=decision.commission_number,
                document_number=decision.document_number,
                decided_on=decision.decided_on,
                recorded_at=recorded_at,
            )
        )
        await self._journal.audit("trustee_decided", RECORD, decision.commission_number)


def _decision(row: Row[Any]) -> TrusteeDecision:
    return TrusteeDecision(row.commission_number, row.document_number, row.decided_on)
