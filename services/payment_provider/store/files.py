"""Files, kept until they are acknowledged and after: content, numbers, and who may see which."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payment_provider.domain import files as rules
from services.payment_provider.domain.files import FILES_LISTED_MAX, FileState, WaitingFile
from services.payment_provider.store.tables import FILES
from shared.kit.journal import Journal
from shared.kit.money import Yen

_WITHOUT_CONTENT = [column for column in FILES.c if column.name != "content"]


class FileStore:
    """The table `files`, in one transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def next_sequence(self, municipality: str, kind: str) -> int:
        """Return the next file number of a municipality and kind; the unique constraint guards
        it.
        """
        query = select(func.coalesce(func.max(FILES.c.sequence), 0)).where(
            FILES.c.municipality == municipality, FILES.c.kind == kind
        )
        return int((await self._connection.execute(query)).scalar_one()) + 1

    async def add(self, file: WaitingFile, content: bytes) -> bool:
        """Add a file; return False, changing nothing, if its source file was stored before."""
        statement = insert(FILES).values(
            id=file.id,
            state=file.state.value,
            version=file.version,
            municipality=file.municipality,
            kind=file.kind,
            sequence=file.sequence,
            content=content,
            sha256=file.sha256,
            size_bytes=file.size_bytes,
            record_count=file.record_count,
            total_yen=file.total_yen,
            source_file_id=file.source_file_id,
            created_at=file.created_at,
        )
        once = statement.on_conflict_do_nothing(index_elements=["source_file_id"])
        added = await self._connection.execute(once.returning(FILES.c.id))
        if added.one_or_none() is None:
            return False
        await self._journal.opened(
            FILES.name,
            [file.id],
            file.state.value,
            "file_added",
            municipality=file.municipality,
        )
        return True

    async def has_source(self, source_file_id: UUID) -> bool:
        """Say whether a card agent's file was stored already."""
        query = select(FILES.c.id).where(FILES.c.source_file_id == source_file_id)
        return (await self._connection.execute(query)).first() is not None

    async def waiting(self, municipality: str | None = None) -> list[WaitingFile]:
        """Return the files that wait, oldest first, at most 100; None: of every municipality."""
        c = FILES.c
        query = select(*_WITHOUT_CONTENT).where(c.state == FileState.WAITING.value)
        if municipality is not None:
            query = query.where(c.municipality == municipality)
        query = query.order_by(c.created_at, c.municipality, c.kind, c.sequence)
        rows = (await self._connection.execute(query.limit(FILES_LISTED_MAX))).all()
        return [_file(row) for row in rows]

    async def find(
        self, file_id: UUID, municipality: str | None = None, *, lock: bool = False
    ) -> WaitingFile | None:
        """Return a file by id, only of that municipality if one is named; None if there is none."""
        query = select(*_WITHOUT_CONTENT).where(FILES.c.id == file_id)
        if municipality is not None:
            query = query.where(FILES.c.municipality == municipality)
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        return _file(row) if row else None

    async def content(self, file: WaitingFile) -> bytes:
        """Return a file's bytes."""
        query = select(FILES.c.content).where(FILES.c.id == file.id)
        return bytes((await self._connection.execute(query)).scalar_one())

    async def advance_acknowledged(self, file: WaitingFile, at: datetime) -> WaitingFile:
        """Move a file whose arrival the ward has acknowledged; raise ConcurrentUpdate."""
        version = await self._journal.advance(
            FILES,
            rules.FILES,
            record_id=file.id,
            version=file.version,
            source=file.state,
            target=FileState.ACKNOWLEDGED,
            values={"acknowledged_at": at},
        )
        return replace(file, state=FileState.ACKNOWLEDGED, version=version, acknowledged_at=at)

    async def replace_content(self, file: WaitingFile, content: bytes) -> None:
        """Put other bytes and their numbers in a waiting file's place (sandbox only)."""
        statement = (
            update(FILES)
            .where(FILES.c.id == file.id, FILES.c.state == FileState.WAITING.value)
            .values(
                content=content,
                sha256=file.sha256,
                size_bytes=file.size_bytes,
                record_count=file.record_count,
                total_yen=file.total_yen,
            )
        )
        await self._connection.execute(statement)
        await self._journal.audit(
            "file_replaced", FILES.name, file.id, municipality=file.municipality
        )

    async def note_collected(self, file: WaitingFile) -> None:
        """Write down that a terminal has taken a file's bytes."""
        await self._journal.audit(
            "file_collected", FILES.name, file.id, municipality=file.municipality
        )


def _file(row: Row[Any]) -> WaitingFile:
    return WaitingFile(
        id=row.id,
        municipality=row.municipality,
        kind=row.kind,
        sequence=row.sequence,
        record_count=row.record_count,
        total_yen=Yen(row.total_yen),
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        created_at=row.created_at,
        source_file_id=row.source_file_id,
        state=FileState(row.state),
        version=row.version,
        acknowledged_at=row.acknowledged_at,
    )
