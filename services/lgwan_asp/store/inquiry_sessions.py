"""Inquiry sessions: what a bank was told, until the session is forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.inquiries import BillKey, InquirySession
from services.lgwan_asp.store.tables import INQUIRY_SESSIONS, WRONG_NUMBERS
from shared.kit.clock import tokyo_date
from shared.kit.money import Yen

_S = INQUIRY_SESSIONS.c


def _session(row: Row[Any]) -> InquirySession:
    return InquirySession(
        id=row.id,
        municipality=row.municipality,
        key=BillKey(row.institution_number, row.payment_number, row.category),
        bank_code=row.bank_code,
        branch_code=row.branch_code,
        medium=row.medium,
        trace_number=row.trace_number,
        amount_yen=Yen(row.amount_yen),
        notice_number=row.notice_number,
        levy_year=row.levy_year,
        instalment=row.instalment,
        opened_at=row.opened_at,
        valid_until=row.valid_until,
    )


class InquirySessionStore:
    """The table `inquiry_sessions`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, session: InquirySession) -> None:
        """Open a session."""
        await self._connection.execute(
            insert(INQUIRY_SESSIONS).values(
                id=session.id,
                municipality=session.municipality,
                institution_number=session.key.institution_number,
                payment_number=session.key.payment_number,
                category=session.key.category,
                bank_code=session.bank_code,
                branch_code=session.branch_code,
                medium=session.medium,
                trace_number=session.trace_number,
                amount_yen=session.amount_yen,
                notice_number=session.notice_number,
                levy_year=session.levy_year,
                instalment=session.instalment,
                opened_at=session.opened_at,
                valid_until=session.valid_until,
            )
        )

    async def find(self, session_id: UUID, *, bank_code: str) -> InquirySession | None:
        """Return a session of that bank, expired or not; another bank's is none."""
        query = select(INQUIRY_SESSIONS).where(_S.id == session_id, _S.bank_code == bank_code)
        row = (await self._connection.execute(query)).one_or_none()
        return _session(row) if row else None

    async def use(self, session_id: UUID, at: datetime) -> None:
        """Close a session: its notification has come."""
        await self._connection.execute(
            update(INQUIRY_SESSIONS)
            .where(_S.id == session_id, _S.used_at.is_(None))
            .values(used_at=at)
        )

    async def forget(self, ended_before: datetime) -> tuple[int, int]:
        """Delete sessions that ended before an instant, and wrong numbers of the days before."""
        sessions = await self._connection.execute(
            delete(INQUIRY_SESSIONS).where(_S.valid_until < ended_before)
        )
        numbers = await self._connection.execute(
            delete(WRONG_NUMBERS).where(WRONG_NUMBERS.c.on_date < tokyo_date(ended_before))
        )
        return sessions.rowcount, numbers.rowcount
