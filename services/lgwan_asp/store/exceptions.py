"""Exceptions of the centre: opened once while open, resolved when their cause is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.exceptions import (
    EXCEPTION_STATES,
    ExceptionCode,
    ExceptionState,
    OpenException,
)
from services.lgwan_asp.store.tables import EXCEPTIONS
from shared.kit.ids import new_id
from shared.kit.journal import Journal


class ExceptionStore:
    """The table `exceptions`."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def open(
        self, code: ExceptionCode, subject_id: str, *, municipality: str, at: datetime
    ) -> None:
        """Open an exception unless the same one is open."""
        statement = insert(EXCEPTIONS).values(
            id=new_id(),
            municipality=municipality,
            code=code.value,
            subject_id=subject_id,
            opened_at=at,
        )
        added = await self._connection.execute(
            statement.on_conflict_do_nothing().returning(EXCEPTIONS.c.id)
        )
        ids = added.scalars().all()
        await self._journal.opened(
            "exceptions", ids, ExceptionState.OPEN, code.value, municipality=municipality
        )

    async def resolve(self, code: ExceptionCode, subject_id: str) -> None:
        """Close the exception if it is open."""
        e = EXCEPTIONS.c
        query = select(e.id).where(e.code == code.value, e.subject_id == subject_id)
        ids = (await self._connection.execute(query)).scalars().all()
        await self._journal.advance_many(
            EXCEPTIONS,
            EXCEPTION_STATES,
            record_ids=ids,
            source=ExceptionState.OPEN,
            target=ExceptionState.RESOLVED,
        )

    async def resolve_older(
        self, codes: Sequence[ExceptionCode], *, municipality: str, opened_before: datetime
    ) -> int:
        """Close a municipality's exceptions of some codes that an ended day left; return how many.

        Several jobs may do this at once: each row is closed by one of them.
        """
        e = EXCEPTIONS.c
        query = select(e.id).where(
            e.code.in_([code.value for code in codes]),
            e.municipality == municipality,
            e.state == ExceptionState.OPEN.value,
            e.opened_at < opened_before,
        )
        ids = (await self._connection.execute(query)).scalars().all()
        return await self._journal.advance_many(
            EXCEPTIONS,
            EXCEPTION_STATES,
            record_ids=ids,
            source=ExceptionState.OPEN,
            target=ExceptionState.RESOLVED,
        )

    async def list_open(self, *, after: UUID | None, limit: int) -> list[OpenException]:
        """Return open exceptions of every municipality by id, after one of them."""
        e = EXCEPTIONS.c
        query = select(EXCEPTIONS).where(e.state == ExceptionState.OPEN.value)
        if after is not None:
            query = query.where(e.id > after)
        rows = await self._connection.execute(query.order_by(e.id).limit(limit))
        return [
            OpenException(row.id, row.municipality, row.code, row.subject_id, row.opened_at)
            for row in rows
        ]
