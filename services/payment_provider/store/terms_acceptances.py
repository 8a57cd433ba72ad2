"""Acceptances of the terms of use, kept: added once, never changed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payment_provider.domain.terms import Acceptance
from services.payment_provider.store.tables import TERMS_ACCEPTANCES


class TermsAcceptanceStore:
    """The table `terms_acceptances`, in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, acceptance: Acceptance) -> bool:
        """Write an acceptance; return False if its id is there already."""
        statement = insert(TERMS_ACCEPTANCES).values(
            id=acceptance.id,
            version=acceptance.version,
            accepted_at=acceptance.accepted_at,
            machine_at=acceptance.machine_at,
        )
        once = statement.on_conflict_do_nothing().returning(TERMS_ACCEPTANCES.c.id)
        return (await self._connection.execute(once)).one_or_none() is not None

    async def find(self, acceptance_id: UUID) -> Acceptance | None:
        """Return an acceptance by its id, or None."""
        query = select(TERMS_ACCEPTANCES).where(TERMS_ACCEPTANCES.c.id == acceptance_id)
        row = (await self._connection.execute(query)).one_or_none()
        return Acceptance(row.id, row.version, row.accepted_at, row.machine_at) if row else None
