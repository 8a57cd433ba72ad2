"""Inquiry sessions: what a bank was told, until the session is forgotten."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import asyncpg
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.inquiries import Bill, BillKey, InquirySession
from services.lgwan_asp.store.tables import INQUIRY_SESSIONS, WRONG_NUMBERS
from shared.kit.clock import tokyo_date
from shared.kit.hot_path import HotStatement
from shared.kit.money import Yen

_S = INQUIRY_SESSIONS.c

_OPEN = HotStatement("""
INSERT INTO inquiry_sessions (id, municipality, institution_number, payment_number, category,
  bank_code, branch_code, medium, trace_number, amount_yen, principal_yen, late_charge_yen,
  notice_number, levy_year, instalment, opened_at, valid_until)
SELECT CAST(:id AS uuid), b.municipality, b.institution_number, b.payment_number, b.category,
  CAST(:bank_code AS text), CAST(:branch_code AS text), CAST(:medium AS text),
  CAST(:trace_number AS text), CAST(:amount_yen AS bigint), CAST(:principal_yen AS bigint),
  CAST(:late_charge_yen AS bigint), b.notice_number, b.levy_year, b.instalment,
  CAST(:opened_at AS timestamptz), CAST(:valid_until AS timestamptz)
FROM bills b
WHERE b.institution_number = :institution_number AND b.payment_number = :payment_number
  AND b.category = :category AND b.amount_yen = CAST(:seen_yen AS bigint)
  AND b.confirmation_number = :seen_number AND b.delete_reason IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM wrong_numbers w
    WHERE w.institution_number = :institution_number AND w.payment_number = :payment_number
      AND w.category = :category AND w.bank_code = :bank_code AND w.on_date = :service_day
      AND w.count >= CAST(:wrong_numbers_max AS integer))
FOR SHARE OF b
RETURNING id
""")

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

    async def open(
        self,
        session: InquirySession,
        bill: Bill,
        *,
        service_day: date,
        wrong_numbers_max: int,
    ) -> bool:
        """Open a session if the bill still stands as it was read; say whether it was opened.

        Not if its amount or confirmation number changed, it was deleted, or the key was locked
        for that bank meanwhile: then the inquiry is decided anew. The bill is locked against
        changes until the commit, so that a change of its amount sees the session (E140). Where
        no transaction is open, this is one: the session is lasting when this returns.
        """
        values = {
            "id": session.id,
            "institution_number": session.key.institution_number,
            "payment_number": session.key.payment_number,
            "category": session.key.category,
            "bank_code": session.bank_code,
            "branch_code": session.branch_code,
            "medium": session.medium,
            "trace_number": session.trace_number,
            "amount_yen": session.amount_yen,
            "principal_yen": session.principal_yen,
            "late_charge_yen": session.late_charge_yen,
            "opened_at": session.opened_at,
            "valid_until": session.valid_until,
            "seen_yen": bill.amount_yen,
            "seen_number": bill.confirmation_number,
            "service_day": service_day,
            "wrong_numbers_max": wrong_numbers_max,
        }
        return await _OPEN.row_alone(self._connection, values) is not None

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
