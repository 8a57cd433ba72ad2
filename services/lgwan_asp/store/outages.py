"""Outages: hours in which inquiries are not answered; a row is written once, only its end moves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.service_hours import OutageKind
from services.lgwan_asp.store.operation_tables import OUTAGES
from shared.kit.context import actor
from shared.kit.ids import new_id

EVERYBODY = ""
_O = OUTAGES.c


class OutageStore:
    """The table `outages`; municipality '' is everybody's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def at(self, now: datetime, municipality: str = EVERYBODY) -> OutageKind | None:
        """Return what outage is on for a municipality, the worse of two, or None."""
        query = select(func.min(_O.kind)).where(  # 'down' comes before 'planned'
            _O.municipality.in_({EVERYBODY, municipality}),
            _O.starts_at <= now,
            _O.ends_at.is_(None) | (_O.ends_at > now),
        )
        kind = (await self._connection.execute(query)).scalar_one()
        return OutageKind(kind) if kind else None

    async def put(
        self,
        kind: OutageKind,
        *,
        municipality: str,
        starts_at: datetime,
        ends_at: datetime | None,
        now: datetime,
    ) -> None:
        """Write an outage down; one of that kind with the same start gets the new end."""
        statement = insert(OUTAGES).values(
            id=new_id(),
            municipality=municipality,
            kind=kind.value,
            starts_at=starts_at,
            ends_at=ends_at,
            set_by=actor(),
            business_at=now,
        )
        await self._connection.execute(
            statement.on_conflict_do_update(constraint="one_outage", set_={"ends_at": ends_at})
        )

    async def end(self, kind: OutageKind, now: datetime) -> None:
        """End every outage of a kind that has no end yet."""
        await self._connection.execute(
            update(OUTAGES).where(_O.kind == kind.value, _O.ends_at.is_(None)).values(ends_at=now)
        )
