"""The sessions of the sandbox's payers' banks: one for a debit id, with one decision each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payment_provider.store.tables import SANDBOX_SESSIONS
from shared.kit.money import Yen


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session at a payer's bank; decision, account and decided_at once its payer decided."""

    session: str
    debit_id: UUID
    municipality: str
    bank_code: str
    amount_yen: Yen
    payee_kana: str
    until: datetime
    account_reference: str | None = None
    decision: str | None = None
    decided_at: datetime | None = None


class SandboxSessionStore:
    """The table `sandbox_sessions`, in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, opened: StoredSession) -> bool:
        """Write a session; return False if its debit id has one already."""
        statement = insert(SANDBOX_SESSIONS).values(
            session=opened.session,
            debit_id=opened.debit_id,
            municipality=opened.municipality,
            bank_code=opened.bank_code,
            amount_yen=opened.amount_yen,
            payee_kana=opened.payee_kana,
            until=opened.until,
        )
        once = statement.on_conflict_do_nothing().returning(SANDBOX_SESSIONS.c.debit_id)
        return (await self._connection.execute(once)).one_or_none() is not None

    async def take(self, session: str) -> StoredSession | None:
        """Lock and return a session, so that one decision is made at a time; None if unknown."""
        return await self._one(SANDBOX_SESSIONS.c.session == session, lock=True)

    async def of_debit(self, debit_id: UUID) -> StoredSession | None:
        """Return the session of a debit id, or None."""
        return await self._one(SANDBOX_SESSIONS.c.debit_id == debit_id)

    async def decide(
        self, session: str, account_reference: str, decision: str, decided_at: datetime
    ) -> None:
        """Write down the one decision of a locked session."""
        statement = update(SANDBOX_SESSIONS).where(SANDBOX_SESSIONS.c.session == session)
        await self._connection.execute(
            statement.values(
                account_reference=account_reference, decision=decision, decided_at=decided_at
            )
        )

    async def _one(
        self, chosen: ColumnElement[bool], *, lock: bool = False
    ) -> StoredSession | None:
        query = select(SANDBOX_SESSIONS).where(chosen)
        row = (
            await self._connection.execute(query.with_for_update() if lock else query)
        ).one_or_none()
        return _session(row) if row else None


def _session(row: Row[Any]) -> StoredSession:
    return StoredSession(
        row.session,
        row.debit_id,
        row.municipality,
        row.bank_code,
        Yen(row.amount_yen),
        row.payee_kana,
        row.until,
        row.account_reference,
        row.decision,
        row.decided_at,
    )
