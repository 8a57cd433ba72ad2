"""Uploads and their records: taken by COPY, put in sequence, read back with their outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.billing_files import (
    BILLING_FILE_STATES,
    BillingFile,
    BillingFileState,
    RecordError,
    RecordOutcome,
)
from services.lgwan_asp.store.billing_application import apply_records
from services.lgwan_asp.store.tables import BILLING_FILES, BILLING_RECORDS, BILLING_SEQUENCES
from shared.kit.journal import Journal
from shared.kit.money import Yen

_F, _Q, _R = BILLING_FILES.c, BILLING_SEQUENCES.c, BILLING_RECORDS.c
_OURS = {"file_id", "turn", "municipality", "error_code"}
RECORD_FIELDS = tuple(column.name for column in BILLING_RECORDS.c if column.name not in _OURS)
"""What a record must have as attributes to be stored, in the order in which it is copied."""
_COPIED = ("file_id", "municipality", "turn", *RECORD_FIELDS)


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

    async def add(self, file: BillingFile, records: Iterable[Any]) -> None:
        """Add an upload with its records, as WAITING; records have RECORD_FIELDS as attributes."""
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
        raw = await self._connection.get_raw_connection()
        driver = raw.driver_connection
        assert driver is not None, "the connection is open"  # noqa: S101
        await driver.copy_records_to_table(
            BILLING_RECORDS.name, records=_rows(file, records), columns=_COPIED
        )

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

    async def apply(self, file: BillingFile, *, first_day: date, now: datetime) -> None:
        """Apply every record, set-based, and move the file to APPLIED."""
        turns = select(func.coalesce(func.max(_R.turn), 0)).where(_R.file_id == file.id)
        last_turn = int((await self._connection.execute(turns)).scalar_one())
        for turn in range(1, last_turn + 1):
            await apply_records(
                self._connection, file_id=file.id, turn=turn, first_day=first_day, now=now
            )
        await self._journal.advance(
            BILLING_FILES,
            BILLING_FILE_STATES,
            record_id=file.id,
            version=file.version,
            source=file.state,
            target=BillingFileState.APPLIED,
        )

    async def outcomes(self, file: BillingFile) -> Sequence[RecordOutcome]:
        """Return what became of each record, in the file's order."""
        query = (
            select(_R.record_seq, _R.proc, _R.payment_number, _R.category, _R.error_code)
            .where(_R.file_id == file.id)
            .order_by(_R.record_seq)
        )
        return [
            RecordOutcome(seq, proc, number, category, RecordError(error) if error else None)
            for seq, proc, number, category, error in await self._connection.execute(query)
        ]


def _rows(file: BillingFile, records: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield rows to copy; the second record of a key in one file has turn 2, and so on."""
    turns: Counter[tuple[str, str]] = Counter()
    values = attrgetter(*RECORD_FIELDS)
    for record in records:
        key = record.payment_number, record.category
        turns[key] += 1
        yield (file.id, file.municipality, turns[key], *values(record))
