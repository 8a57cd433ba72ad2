"""Files that wait for a ward's terminal: add with the next number, list, fetch, acknowledge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.outgoing_files import (
    LISTED_MAX,
    OUTGOING_FILE_STATES,
    OutgoingFile,
    OutgoingFileState,
)
from services.lgwan_asp.store.tables import ERASURES, OUTGOING_FILES
from shared.kit.clock import machine_now
from shared.kit.context import actor
from shared.kit.journal import Journal
from shared.kit.money import Yen

ERASED_BY = "content set to NULL"
_F = OUTGOING_FILES.c
_COLUMNS = [column for column in OUTGOING_FILES.c if column.name != "content"]


def _file(row: Row[Any]) -> OutgoingFile:
    values = row._asdict()
    values["state"] = OutgoingFileState(values["state"])
    values["total_yen"] = Yen(values["total_yen"])
    return OutgoingFile(**values)


class OutgoingFileStore:
    """The table `outgoing_files`."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def next_sequence(self, institution_number: str, kind: str) -> int:
        """Return the next number of a kind, and keep others waiting until the transaction ends."""
        name = func.hashtextextended(f"{institution_number}/{kind}", 0)
        await self._connection.execute(select(func.pg_advisory_xact_lock(name)))
        query = select(func.coalesce(func.max(_F.sequence), 0) + 1).where(
            _F.institution_number == institution_number, _F.kind == kind
        )
        return int((await self._connection.execute(query)).scalar_one())

    async def add(self, file: OutgoingFile, content: bytes) -> None:
        """Add a file with its bytes."""
        row = {column.name: getattr(file, column.name) for column in _COLUMNS}
        await self._connection.execute(
            insert(OUTGOING_FILES).values(row | {"state": file.state.value, "content": content})
        )
        await self._journal.opened(
            "outgoing_files",
            [file.id],
            file.state,
            f"{file.kind}_built",
            municipality=file.municipality,
        )

    async def list_ready(self, municipality: str) -> Sequence[OutgoingFile]:
        """Return what was not acknowledged yet, oldest first, at most LISTED_MAX."""
        query = (
            select(*_COLUMNS)
            .where(_F.municipality == municipality, _F.state == OutgoingFileState.READY.value)
            .order_by(_F.created_at, _F.kind, _F.sequence)
            .limit(LISTED_MAX)
        )
        return [_file(row) for row in await self._connection.execute(query)]

    async def find(self, file_id: UUID, *, municipality: str) -> OutgoingFile | None:
        """Return a file of that municipality, or None; it is locked until the transaction ends."""
        query = select(*_COLUMNS).where(_F.id == file_id, _F.municipality == municipality)
        row = (await self._connection.execute(query.with_for_update())).one_or_none()
        return _file(row) if row else None

    async def content(self, file_id: UUID, *, municipality: str) -> bytes | None:
        """Return the bytes of a file; None if they were erased, or it is not that municipality's.

        Which of the two it is, `find` says.
        """
        query = select(_F.content).where(_F.id == file_id, _F.municipality == municipality)
        found: bytes | None = (await self._connection.execute(query)).scalar_one_or_none()
        return found

    async def acknowledge(self, file: OutgoingFile, at: datetime) -> None:
        """Note that the ward has registered it."""
        await self._journal.advance(
            OUTGOING_FILES,
            OUTGOING_FILE_STATES,
            record_id=file.id,
            version=file.version,
            source=file.state,
            target=OutgoingFileState.ACKNOWLEDGED,
            values={"acknowledged_at": at},
        )

    async def acknowledged_before(self, instant: datetime, *, limit: int) -> Sequence[OutgoingFile]:
        """Return and lock files whose bytes are to be erased; what another copy erases is left."""
        query = (
            select(*_COLUMNS)
            .where(
                _F.state == OutgoingFileState.ACKNOWLEDGED.value,
                _F.acknowledged_at < instant,
            )
            .order_by(_F.acknowledged_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [_file(row) for row in await self._connection.execute(query)]

    async def erase(self, file: OutgoingFile, at: datetime) -> None:
        """Erase a file's bytes and write down that it was done, by whom and how."""
        await self._journal.advance(
            OUTGOING_FILES,
            OUTGOING_FILE_STATES,
            record_id=file.id,
            version=file.version,
            source=file.state,
            target=OutgoingFileState.ERASED,
            values={"content": None, "erased_at": at},
        )
        await self._connection.execute(
            insert(ERASURES).values(
                file_id=file.id,
                municipality=file.municipality,
                sha256=file.sha256,
                method=ERASED_BY,
                actor=actor(),
                business_at=at,
                machine_at=machine_now(),
            )
        )
