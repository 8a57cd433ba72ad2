"""How the records of an upload become rows: by COPY, before their file is known to be wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.store.tables import BILLING_RECORDS

_OURS = {"file_id", "municipality", "error_code"}
RECORD_FIELDS = tuple(column.name for column in BILLING_RECORDS.c if column.name not in _OURS)
"""What a record must have as attributes to be stored, in the order in which it is copied."""
_COPIED = ("file_id", "municipality", *RECORD_FIELDS)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose rows they are."""

    file_id: UUID
    municipality: str


async def copy_records(
    connection: AsyncConnection, owner: Owner, records: Iterable[Any]
) -> None:
    """Copy records as values, whatever is in them."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.copy_records_to_table(
        BILLING_RECORDS.name, records=_rows(owner, records), columns=_COPIED
    )


def _rows(owner: Owner, records: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    values = attrgetter(*RECORD_FIELDS)
    for record in records:
        yield (owner.file_id, owner.municipality, *values(record))
