"""Billing files (請求データ) as they were built and released, and what the centre said to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.billing_orders import OrderKind
from services.ward_gateway.domain.billing_uploads import (
    FILE_BUILT,
    NUMBER_IS_FREE,
    OPEN_STATES,
    UPLOAD_MACHINE,
    BillingUpload,
    Upload,
    UploadState,
)
from services.ward_gateway.store.billing_order_tables import BILLING_ORDERS
from services.ward_gateway.store.tables import BILLING_UPLOADS
from shared.kit.journal import Journal

_B = BILLING_UPLOADS.c
_FIELDS = tuple(name for name in Upload.__slots__ if name != "state")
_KNOWN = (*(_B[name] for name in _FIELDS), _B.state)
_COUNTED = _B.state.not_in([state.value for state in NUMBER_IS_FREE])
_OPEN = _B.state.in_([state.value for state in OPEN_STATES])


@dataclass(frozen=True, slots=True)
class ListedUpload:
    """A file and how many records of each kind it holds (none once it was withdrawn).

    unwanted: how many of them are not wanted any more, if the file can still be taken back.
    """

    upload: Upload
    adds: int
    changes: int
    deletes: int
    unwanted: int = 0


class BillingUploadStore:
    """Every file that was or will be sent."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def last_sequence(self) -> int:
        """Return the last number in use: neither refused by the centre nor withdrawn; 0: none."""
        query = select(func.coalesce(func.max(_B.file_sequence), 0)).where(_COUNTED)
        return int((await self._connection.execute(query)).scalar_one())

    async def reserve(
        self, upload_id: UUID, file_sequence: int, *, prepared_by: str, built_at: datetime
    ) -> None:
        """Add an empty file, so that orders can belong to it while its bytes are made."""
        values = {
            "id": upload_id,
            "file_sequence": file_sequence,
            "sha256": "",
            "content": b"",
            "record_count": 0,
            "total_yen": 0,
            "prepared_by": prepared_by,
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

    async def first_open(self) -> BillingUpload | None:
        """Return the file with the lowest number that the centre has not answered, if any."""
        query: Select[Any] = (
            select(*_KNOWN, _B.content).where(_OPEN).order_by(_B.file_sequence).limit(1)
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _with_bytes(row)

    async def unreleased(self) -> list[Upload]:
        """Return the files that wait for a person."""
        return await self._all(select(*_KNOWN).where(_B.state == UploadState.BUILT.value))

    async def open_after(self, file_sequence: int) -> list[Upload]:
        """Return the open files with later numbers, the last one first."""
        query = select(*_KNOWN).where(_OPEN, _B.file_sequence > file_sequence)
        return await self._all(query.order_by(_B.file_sequence.desc()))

    async def find(self, upload_id: UUID) -> BillingUpload:
        """Return a file as it stands now, with its bytes."""
        query: Select[Any] = select(*_KNOWN, _B.content).where(_B.id == upload_id)
        return _with_bytes((await self._connection.execute(query)).one())

    async def lock(self, upload_id: UUID) -> Upload | None:
        """Return a file, locked until the transaction ends; None: there is none of that id."""
        return await self._locked(select(*_KNOWN).where(_B.id == upload_id))

    async def lock_number(self, file_sequence: int) -> Upload | None:
        """Return the file that holds a number now, locked; None: there is none."""
        return await self._locked(
            select(*_KNOWN).where(_B.file_sequence == file_sequence, _COUNTED)
        )

    async def advance(self, upload: Upload, target: UploadState, **values: object) -> int:
        """Move a file, set more columns with it; return its new version."""
        return await self._journal.advance(
            BILLING_UPLOADS,
            UPLOAD_MACHINE,
            record_id=upload.id,
            version=upload.version,
            source=upload.state,
            target=target,
            values=values,
        )

    async def page(
        self, *, after: UUID | None, limit: int, state: UploadState | None
    ) -> list[Upload]:
        """Return files by id, after one of them, of one state or of all."""
        query = select(*_KNOWN).order_by(_B.id).limit(limit)
        if after is not None:
            query = query.where(_B.id > after)
        if state is not None:
            query = query.where(_B.state == state.value)
        return await self._all(query)

    async def with_counts(self, uploads: Collection[Upload]) -> list[ListedUpload]:
        """Return files with how many records of each kind they hold."""
        o = BILLING_ORDERS.c
        query = (
            select(o.billing_upload_id, o.kind, func.count().label("orders"))
            .where(o.billing_upload_id.in_([upload.id for upload in uploads]))
            .group_by(o.billing_upload_id, o.kind)
        )
        rows = (await self._connection.execute(query)).all() if uploads else []
        counts = {(row.billing_upload_id, OrderKind(row.kind)): row.orders for row in rows}
        return [
            ListedUpload(upload, *(counts.get((upload.id, kind), 0) for kind in OrderKind))
            for upload in uploads
        ]

    async def free_orders(self, upload_id: UUID) -> None:
        """Take a file's orders out of it: they are open and in no file, as before it was built."""
        o = BILLING_ORDERS.c
        told = ("due_date", "assessed_year", "account_code", "payer_name_kana")
        values = dict.fromkeys(("billing_upload_id", "record_seq", *told))
        statement = update(BILLING_ORDERS).where(o.billing_upload_id == upload_id)
        await self._connection.execute(statement.where(o.outcome.is_(None)).values(values))

    async def _all(self, query: Select[Any]) -> list[Upload]:
        return [_upload(row) for row in await self._connection.execute(query)]

    async def _locked(self, query: Select[Any]) -> Upload | None:
        row = (await self._connection.execute(query.with_for_update())).one_or_none()
        return None if row is None else _upload(row)


def _known(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS} | {"state": UploadState(row.state)}


def _upload(row: Row[Any]) -> Upload:
    return Upload(**_known(row))


def _with_bytes(row: Row[Any]) -> BillingUpload:
    return BillingUpload(**_known(row), content=row.content)
