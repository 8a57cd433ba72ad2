"""Planned troubles and chargebacks of the sandbox, insert-only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.card_agent.domain.remittance_troubles import RemittanceTrouble, TroubleKind
from services.card_agent.store.tables import (
    AUTHORISATIONS,
    NETWORK_CHARGEBACKS,
    REMITTANCE_TROUBLES,
)
from shared.kit.clock import Clock
from shared.kit.journal import Journal

T, A = REMITTANCE_TROUBLES.c, AUTHORISATIONS.c


class RemittanceTroubleStore:
    """Belongs to one open transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal, clock: Clock) -> None:
        self._connection, self._journal, self._clock = connection, journal, clock

    async def add(self, trouble: RemittanceTrouble) -> bool:
        """Plan a trouble; False if that day has one of this kind already."""
        values = {
            "id": trouble.id,
            "municipality": trouble.municipality,
            "value_date": trouble.value_date,
            "kind": trouble.kind.value,
            "amount": trouble.amount,
            "planned_at": self._clock.now(),
        }
        statement = insert(REMITTANCE_TROUBLES).values(values).on_conflict_do_nothing()
        added = await self._connection.execute(statement.returning(T.id))
        if added.one_or_none() is None:
            return False
        await self._journal.audit(
            "trouble_planned",
            REMITTANCE_TROUBLES.name,
            trouble.id,
            municipality=trouble.municipality,
            details={"kind": trouble.kind.value},
        )
        return True

    async def of_day(
        self, municipality: str, value_date: date, kind: TroubleKind
    ) -> RemittanceTrouble | None:
        """Return the trouble of a kind that is planned for a day."""
        query = select(REMITTANCE_TROUBLES).where(
            T.municipality == municipality, T.value_date == value_date, T.kind == kind.value
        )
        row = (await self._connection.execute(query)).one_or_none()
        return _trouble(row) if row is not None else None

    async def up_to(self, municipality: str, day: date) -> list[RemittanceTrouble]:
        """Return a municipality's troubles up to a day, in a fixed order."""
        query = (
            select(REMITTANCE_TROUBLES)
            .where(T.municipality == municipality, T.value_date <= day)
            .order_by(T.value_date, T.kind)
        )
        return [_trouble(row) for row in await self._connection.execute(query)]

    async def unreported(self, municipality: str) -> set[UUID]:
        """Return the commissions that no report may tell: the first of each such day, by number."""
        query = select(T.value_date, T.amount).where(
            T.municipality == municipality, T.kind == TroubleKind.UNREPORTED.value
        )
        silent: set[UUID] = set()
        for value_date, amount in (await self._connection.execute(query)).all():
            own = (
                select(A.id)
                .where(A.municipality == municipality, A.designated_date == value_date)
                .order_by(A.commission_number)
                .limit(amount)
            )
            silent |= set((await self._connection.execute(own)).scalars())
        return silent

    async def charge_back(self, reference: UUID) -> datetime:
        """Write a chargeback down, once; return when it was."""
        values = {"reference": reference, "at": self._clock.now()}
        statement = insert(NETWORK_CHARGEBACKS).values(values).on_conflict_do_nothing()
        await self._connection.execute(statement)
        found = select(NETWORK_CHARGEBACKS.c.at).where(NETWORK_CHARGEBACKS.c.reference == reference)
        at: datetime = (await self._connection.execute(found)).scalar_one()
        return at


def _trouble(row: Row[Any]) -> RemittanceTrouble:
    return RemittanceTrouble(
        row.id, row.municipality, row.value_date, TroubleKind(row.kind), row.amount
    )
