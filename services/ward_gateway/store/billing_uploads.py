"""Billing files (請求データ) as they were built, and what the centre said to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.billing_uploads import (
    FILE_BUILT,
    UPLOAD_MACHINE,
    BillingUpload,
    UploadState,
)
from services.ward_gateway.store.tables import BILLING_UPLOADS
from shared.kit.journal import Journal

_B = BILLING_UPLOADS.c


class BillingUploadStore:
    """Every file that was or will be sent."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def next_sequence(self) -> int:
        """Return the number after the last file that the centre did not refuse."""
        query = select(func.coalesce(func.max(_B.file_sequence), 0) + 1).where(
            _B.state != UploadState.REFUSED.value
        )
        return int((await self._connection.execute(query)).scalar_one())

    async def reserve(self, upload_id: UUID, file_sequence: int, built_at: datetime) -> None:
        """Add an empty file, so that orders can belong to it while its bytes are made."""
        values = {
            "id": upload_id,
            "file_sequence": file_sequence,
            "sha256": "",
            "content": b"",
            "record_count": 0,
            "total_yen": 0,
            "built_at": built_at,
        }
        await self._connection.execute(insert(BILLING_UPLOADS).values(values))

    async def fill(
        self, upload_id: UUID, content: bytes, sha256: str, record_count: int, total_yen: int
    ) -> None:
        """Put a reserved file's bytes in, in the transaction that reserved it."""
        statement = BILLING_UPLOADS.update().where(_B.id == upload_id)
        await self._connection.execute(
            statement.values(
                content=content, sha256=sha256, record_count=record_count, total_yen=total_yen
            )
        )
        await self._journal.opened("billing_uploads", [upload_id], UploadState.BUILT, FILE_BUILT)

    async def unanswered(self) -> list[BillingUpload]:
        """Return the files that the centre has not answered, in the order of their numbers."""
        states = [UploadState.BUILT.value, UploadState.SENT.value]
        query = select(BILLING_UPLOADS).where(_B.state.in_(states)).order_by(_B.file_sequence)
        return [_upload(row) for row in await self._connection.execute(query)]

    async def find(self, upload_id: UUID) -> BillingUpload:
        """Return a file as it stands now."""
        query = select(BILLING_UPLOADS).where(_B.id == upload_id)
        return _upload((await self._connection.execute(query)).one())

    async def lock_number(self, file_sequence: int) -> BillingUpload | None:
        """Return the file that bears a number and was not refused, locked; None: there is none."""
        query = select(BILLING_UPLOADS).where(
            _B.file_sequence == file_sequence, _B.state != UploadState.REFUSED.value
        )
        row = (await self._connection.execute(query.with_for_update())).one_or_none()
        return None if row is None else _upload(row)

    async def advance(self, upload: BillingUpload, target: UploadState) -> int:
        """Move a file; return its new version."""
        return await self._journal.advance(
            BILLING_UPLOADS,
            UPLOAD_MACHINE,
            record_id=upload.id,
            version=upload.version,
            source=upload.state,
            target=target,
        )


def _upload(row: Row[Any]) -> BillingUpload:
    return BillingUpload(
        id=row.id,
        state=UploadState(row.state),
        version=row.version,
        file_sequence=row.file_sequence,
        sha256=row.sha256,
        content=row.content,
        record_count=row.record_count,
        total_yen=row.total_yen,
    )
