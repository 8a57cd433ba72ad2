"""Exceptions as stored: opened once while their cause lasts, closed when it is gone.

Knows no cause; use cases bring findings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.exceptions import (
    EXCEPTION_MOVES,
    ExceptionState,
    Finding,
    OpenException,
)
from services.ward_gateway.store.bulk import is_any_of
from services.ward_gateway.store.tables import EXCEPTIONS
from shared.kit.ids import new_id
from shared.kit.journal import Journal
from shared.kit.money import Yen

RECORD = EXCEPTIONS.name
ROWS_PER_INSERT = 3000
_OPEN = EXCEPTIONS.c.state == ExceptionState.OPEN.value
SubjectKey = tuple[str, str]


class ExceptionStore:
    """At most one open exception per code and subject (a partial unique index)."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def open(
        self, code: str, subject: str, subject_id: object, amount_yen: int, detail: str
    ) -> bool:
        """Open an exception unless the same is open; return whether it was opened now."""
        finding = Finding(code, subject, str(subject_id), Yen(amount_yen), detail)
        return bool(await self.open_many([finding]))

    async def open_many(self, findings: Iterable[Finding]) -> int:
        """Open an exception for each finding that has none open; return how many were opened."""
        now = self._journal._clock.now()  # noqa: SLF001 - the clock that also dates its history row
        rows = [
            {
                "id": new_id(),
                "state": ExceptionState.OPEN.value,
                "code": str(finding.code),
                "subject": finding.subject,
                "subject_id": finding.subject_id,
                "amount_yen": finding.amount_yen,
                "detail": finding.detail,
                "opened_at": now,
            }
            for finding in findings
        ]
        opened: list[UUID] = []
        for start in range(0, len(rows), ROWS_PER_INSERT):
            statement = (
                insert(EXCEPTIONS)
                .values(rows[start : start + ROWS_PER_INSERT])
                .on_conflict_do_nothing(
                    index_elements=["code", "subject", "subject_id"],
                    index_where=text("state = 'OPEN'"),
                )
                .returning(EXCEPTIONS.c.id)
            )
            opened += (await self._connection.execute(statement)).scalars()
        await self._journal.opened(RECORD, opened, ExceptionState.OPEN.value, "exception_opened")
        return len(opened)

    async def open_codes(self) -> set[str]:
        """Return the codes of which an exception is open: the others have nothing to close."""
        query = select(EXCEPTIONS.c.code).where(_OPEN).distinct()
        return set((await self._connection.execute(query)).scalars())

    async def settle(
        self,
        code: str,
        findings: Sequence[Finding],
        *,
        among: Collection[str] | None = None,
    ) -> int:
        """Let the open exceptions of a code be exactly these findings; return how many are new.

        New causes are opened, changed amounts rewritten, exceptions whose cause is gone are
        RESOLVED. `among`: only subjects with these ids were looked at; the others stay.
        """
        condition = and_(EXCEPTIONS.c.code == str(code), _OPEN)
        if among is not None:
            condition = and_(
                condition,
                is_any_of(EXCEPTIONS.c.subject_id, sorted(among)),
            )
        rows = (await self._connection.execute(select(EXCEPTIONS).where(condition))).all()
        found = {(finding.subject, finding.subject_id): finding for finding in findings}
        gone = [row.id for row in rows if (row.subject, row.subject_id) not in found]
        await self._journal.advance_many(
            EXCEPTIONS,
            EXCEPTION_MOVES,
            record_ids=gone,
            source=ExceptionState.OPEN,
            target=ExceptionState.RESOLVED,
        )
        await self._rewrite_amounts(rows, found)
        known = {(row.subject, row.subject_id) for row in rows}
        return await self.open_many(f for key, f in found.items() if key not in known)

    async def _rewrite_amounts(
        self, rows: Sequence[Row[Any]], found: dict[SubjectKey, Finding]
    ) -> None:
        for row in rows:
            finding = found.get((row.subject, row.subject_id))
            if finding is not None and finding.amount_yen != row.amount_yen:
                # A cause that changed its size is rare: one statement each is enough.
                await self._connection.execute(
                    update(EXCEPTIONS)
                    .where(EXCEPTIONS.c.id == row.id)
                    .values(amount_yen=finding.amount_yen)
                )
                await self._journal.audit(
                    "exception_amount_changed",
                    RECORD,
                    row.id,
                    details={"from_yen": row.amount_yen, "to_yen": finding.amount_yen},
                )

    async def page(
        self, *, after: UUID | None, limit: int, state: ExceptionState | None
    ) -> list[OpenException]:
        """Return exceptions by id, after one of them, of one state or of both."""
        query = select(EXCEPTIONS).order_by(EXCEPTIONS.c.id).limit(limit)
        if after is not None:
            query = query.where(EXCEPTIONS.c.id > after)
        if state is not None:
            query = query.where(EXCEPTIONS.c.state == state.value)
        return [_record(row) for row in await self._connection.execute(query)]


def _record(row: Row[Any]) -> OpenException:
    return OpenException(
        id=row.id,
        code=row.code,
        state=ExceptionState(row.state),
        subject=row.subject,
        subject_id=row.subject_id,
        amount_yen=Yen(row.amount_yen),
        detail=row.detail,
        opened_at=row.opened_at,
    )
