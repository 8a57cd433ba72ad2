"""Inquiry sessions: what a bank was told, until the session is forgotten."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.inquiries import BillKey, InquirySession
from services.lgwan_asp.store.tables import INQUIRY_SESSIONS, WRONG_NUMBERS
from shared.kit.clock import tokyo_date
from shared.kit.hot_path import HotStatement
from shared.kit.money import Yen

_S = INQUIRY_SESSIONS.c

_FIND = HotStatement("SELECT * FROM inquiry_sessions WHERE id = :id AND bank_code = :bank_code")
# Not "AND used_at IS NULL": the planner would then read all of the index of open sessions.
_USE = HotStatement(
    "UPDATE inquiry_sessions SET used_at = coalesce(used_at, :used_at) WHERE id = :id"
)


def _session(row: asyncpg.Record) -> InquirySession:
    return InquirySession(
        id=row["id"],
        municipality=row["municipality"],
        key=BillKey(row["institution_number"], row["payment_number"], row["category"]),
        bank_code=row["bank_code"],
        branch_code=row["branch_code"],
        medium=row["medium"],
        trace_number=row["trace_number"],
        amount_yen=Yen(row["amount_yen"]),
        principal_yen=Yen(row["principal_yen"]),
        late_charge_yen=Yen(row["late_charge_yen"]),
        notice_number=row["notice_number"],
        levy_year=row["levy_year"],
        instalment=row["instalment"],
        opened_at=row["opened_at"],
        valid_until=row["valid_until"],
    )


class InquirySessionStore:
    """The table `inquiry_sessions`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, session_id: UUID, *, bank_code: str) -> InquirySession | None:
        """Return a session of that bank, expired or not; another bank's is none."""
        row = await _FIND.row(self._connection, {"id": session_id, "bank_code": bank_code})
        return _session(row) if row else None

    async def use(self, session_id: UUID, at: datetime) -> None:
        """Close a session: its notification has come."""
        await _USE.row(self._connection, {"id": session_id, "used_at": at})

    async def forget(self, ended_before: datetime) -> tuple[int, int]:
        """Delete sessions that ended before an instant, and wrong numbers of the days before."""
        sessions = await self._connection.execute(
            delete(INQUIRY_SESSIONS).where(_S.valid_until < ended_before)
        )
        numbers = await self._connection.execute(
            delete(WRONG_NUMBERS).where(WRONG_NUMBERS.c.on_date < tokyo_date(ended_before))
        )
        return sessions.rowcount, numbers.rowcount
