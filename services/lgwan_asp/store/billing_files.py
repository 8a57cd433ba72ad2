"""Uploads and their records: taken by COPY, put in sequence, applied in portions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.billing_files import (
    BILLING_FILE_STATES,
    BillingFile,
    BillingFileState,
)
from services.lgwan_asp.store.billing_application import Portion, apply_portion
from services.lgwan_asp.store.billing_results import ResultFile, write_result
from services.lgwan_asp.store.billing_rows import Owner, Rows, copy_rows
from services.lgwan_asp.store.tables import BILLING_FILES, BILLING_RECORDS, BILLING_SEQUENCES
from shared.kit.journal import Journal
from shared.kit.money import Yen

_F, _Q, _R = BILLING_FILES.c, BILLING_SEQUENCES.c, BILLING_RECORDS.c


def _file(row: Row[Any]) -> BillingFile:
    values = row._asdict()
    values["state"] = BillingFileState(values["state"])
    values["total_yen"] = Yen(values["total_yen"])
    return BillingFile(**values)


class BillingFileStore:
    """The tables `billing_files`, `billing_records` and `billing_sequences`."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def lock_sequence(self, institution_number: str, *, municipality: str) -> int:
        """Return the last sequence number in order; uploads of one institution queue up here."""
        first = insert(BILLING_SEQUENCES).values(
            institution_number=institution_number, municipality=municipality
        )
        await self._connection.execute(first.on_conflict_do_nothing())
        query = select(_Q.last_sequence).where(_Q.institution_number == institution_number)
        return int((await self._connection.execute(query.with_for_update())).scalar_one())

    async def find(self, institution_number: str, file_sequence: int) -> BillingFile | None:
        """Return the upload with that number, or None."""
        query = select(BILLING_FILES).where(
            _F.institution_number == institution_number, _F.file_sequence == file_sequence
        )
        row = (await self._connection.execute(query)).one_or_none()
        return _file(row) if row else None

    async def add(self, file: BillingFile) -> None:
        """Add an upload as WAITING, its records having been copied."""
        values = {column.name: getattr(file, column.name) for column in BILLING_FILES.c}
        await self._connection.execute(
            insert(BILLING_FILES).values(values | {"state": file.state.value})
        )
        await self._journal.opened(
            "billing_files",
            [file.id],
            file.state,
            "billing_file_received",
            municipality=file.municipality,
        )

    async def copy_rows(self, owner: Owner, rows: Rows) -> None:
        """Copy records, the file of which is added in the same transaction."""
        await copy_rows(self._connection, owner, rows)

    async def next_waiting(self, institution_number: str, last: int) -> BillingFile | None:
        """Return the waiting upload that comes right after the last one in order, or None."""
        file = await self.find(institution_number, last + 1)
        return file if file and file.state is BillingFileState.WAITING else None

    async def accept(self, file: BillingFile, apply_on: date) -> None:
        """Note that an upload came in sequence, and at which day's cut-off it is applied."""
        await self._journal.advance(
            BILLING_FILES,
            BILLING_FILE_STATES,
            record_id=file.id,
            version=file.version,
            source=file.state,
            target=BillingFileState.ACCEPTED,
            values={"apply_on": apply_on},
        )
        await self._connection.execute(
            update(BILLING_SEQUENCES)
            .where(_Q.institution_number == file.institution_number)
            .values(last_sequence=file.file_sequence)
        )

    async def next_to_apply(self, institution_number: str, apply_until: date) -> BillingFile | None:
        """Return and lock the first accepted upload whose cut-off has passed, or None."""
        query = (
            select(BILLING_FILES)
            .where(
                _F.institution_number == institution_number,
                _F.state == BillingFileState.ACCEPTED.value,
                _F.apply_on <= apply_until,
            )
            .order_by(_F.file_sequence)
            .limit(1)
            .with_for_update()
        )
        row = (await self._connection.execute(query)).one_or_none()
        return _file(row) if row else None

    async def apply_through(
        self, file: BillingFile, last: int, *, first_day: date, now: datetime
    ) -> None:
        """Apply a locked file's next records, up to number `last`; note how far it is applied."""
        first = file.applied_through + 1
        portion = Portion(file.id, first, last, file.keys_repeat, first_day, now)
        await apply_portion(self._connection, portion)
        await self._connection.execute(
            update(BILLING_FILES).where(_F.id == file.id).values(applied_through=last)
        )

    async def finish(self, file: BillingFile) -> int:
        """Move a locked file to APPLIED; return how many of its records were refused."""
        await self._journal.advance(
            BILLING_FILES,
            BILLING_FILE_STATES,
            record_id=file.id,
            version=file.version,
            source=file.state,
            target=BillingFileState.APPLIED,
        )
        refused = select(func.count()).where(_R.file_id == file.id, _R.error_code.is_not(None))
        return int((await self._connection.execute(refused)).scalar_one())

    async def write_result(self, file: BillingFile, result: ResultFile) -> None:
        """Write its result file, which then waits for the ward's terminal."""
        await write_result(self._connection, self._journal, file, result)
