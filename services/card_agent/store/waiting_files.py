"""Sealed files that wait for the provider; only `acknowledge` moves one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.card_agent.domain import waiting_files as domain
from services.card_agent.domain.waiting_files import WaitingFile, WaitingFileState
from services.card_agent.store.tables import WAITING_FILES
from shared.kit.clock import Clock
from shared.kit.journal import Journal
from shared.kit.money import Yen

F = WAITING_FILES.c


class WaitingFileStore:
    """Belongs to one open transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal, clock: Clock) -> None:
        self._connection, self._journal, self._clock = connection, journal, clock

    async def add(self, file: WaitingFile, content: bytes) -> None:
        """Keep a file until the provider has it (and after: books are kept)."""
        values = {
            "id": file.id,
            "state": file.state.value,
            "municipality": file.municipality,
            "kind": file.kind,
            "sequence": file.sequence,
            "record_count": file.record_count,
            "total_yen": file.total_yen,
            "sha256": file.sha256,
            "content": content,
            "created_at": file.created_at,
        }
        await self._connection.execute(insert(WAITING_FILES).values(values))
        await self._journal.opened(
            WAITING_FILES.name,
            [file.id],
            file.state.value,
            domain.FILE_BUILT,
            municipality=file.municipality,
        )

    async def next_sequence(self, municipality: str, kind: str) -> int:
        """Return the next sequence of a municipality's files of one kind (from 1, no gaps)."""
        query = select(func.coalesce(func.max(F.sequence), 0) + 1).where(
            F.municipality == municipality, F.kind == kind
        )
        return int((await self._connection.execute(query)).scalar_one())

    async def waiting(self, limit: int) -> list[WaitingFile]:
        """Return the files that were not acknowledged yet, oldest first."""
        query = _described().where(F.state == WaitingFileState.WAITING.value)
        ordered = query.order_by(F.created_at, F.municipality, F.kind, F.sequence).limit(limit)
        return [_file(row) for row in await self._connection.execute(ordered)]

    async def find(self, file_id: UUID) -> WaitingFile | None:
        """Return what is known of a file, without its content."""
        row = (await self._connection.execute(_described().where(F.id == file_id))).one_or_none()
        return _file(row) if row is not None else None

    async def content(self, file_id: UUID) -> bytes | None:
        """Return a file's bytes."""
        query = select(F.content).where(F.id == file_id)
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def acknowledge(self, file: WaitingFile) -> None:
        """Note that the provider has the file; ConcurrentUpdate if that was noted meanwhile."""
        await self._journal.advance(
            WAITING_FILES,
            domain.WAITING_FILES,
            record_id=file.id,
            version=file.version,
            source=file.state,
            target=WaitingFileState.ACKNOWLEDGED,
            values={"acknowledged_at": self._clock.now()},
        )


def _described() -> Select[Any]:
    columns = [column for column in WAITING_FILES.c if column is not F.content]
    return select(*columns, func.length(F.content).label("size_bytes"))


def _file(row: Row[Any]) -> WaitingFile:
    return WaitingFile(
        id=row.id,
        state=WaitingFileState(row.state),
        version=row.version,
        municipality=row.municipality,
        kind=row.kind,
        sequence=row.sequence,
        record_count=row.record_count,
        total_yen=Yen(row.total_yen),
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        created_at=row.created_at,
        acknowledged_at=row.acknowledged_at,
    )
