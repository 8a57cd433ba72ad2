"""Inquiry sessions: what a bank was told, until the session is forgotten."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.store.tables import INQUIRY_SESSIONS, WRONG_NUMBERS
from shared.kit.clock import tokyo_date
from shared.kit.hot_path import HotStatement

_S = INQUIRY_SESSIONS.c

# Not "AND used_at IS NULL": the planner would then read all of the index of open sessions.
_USE = HotStatement(
    "UPDATE inquiry_sessions SET used_at = coalesce(used_at, :used_at) WHERE id = :id"
)


class InquirySessionStore:
    """The table `inquiry_sessions`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

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
