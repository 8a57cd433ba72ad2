"""How the records of an upload become rows: by COPY, before their file is known to be wanted.

A sound block's bytes go to the database nearly as they came, with no object made of any of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.store.tables import BILLING_RECORDS
from shared.files.billing_blocks import records_of
from shared.files.charset import YEN_SIGN_BYTE
from shared.files.columns import Bytes, Columns

_OURS = {"file_id", "municipality", "error_code"}
RECORD_FIELDS = tuple(column.name for column in BILLING_RECORDS.c if column.name not in _OURS)
"""What a record must have as attributes to be stored, in the order in which it is copied."""
_COPIED = ("file_id", "municipality", *RECORD_FIELDS)
_PADDED = ("payment_number", "confirmation_number", "notice_number")
_KANA = ("payer_name_kana", "description_kana")
_REASON = "delete_reason"
SPACE, NO_REASON, NULL = ord(" "), ord("0"), b"\\N"
# The single bytes of Shift JIS are the files' character set, but for the yen sign: the database
# would read a backslash there.
ENCODING = "SJIS"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose rows they are."""

    file_id: UUID
    municipality: str


Rows = bytes | Sequence[Any]
"""Rows to be copied: lines of COPY's text format, or records that have RECORD_FIELDS."""


async def copy_rows(connection: AsyncConnection, owner: Owner, rows: Rows) -> None:
    """Copy rows of either kind, in the transaction that an earlier statement has begun."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    assert driver.is_in_transaction(), "rows without their file would stay"  # noqa: S101
    if isinstance(rows, bytes):
        await driver.copy_to_table(
            BILLING_RECORDS.name,
            source=_as_they_are(rows),
            columns=_COPIED,
            format="text",
            encoding=ENCODING,
        )
    else:
        await driver.copy_records_to_table(
            BILLING_RECORDS.name, records=_values(owner, rows), columns=_COPIED
        )


async def _as_they_are(rows: bytes) -> AsyncIterator[bytes]:
    """Give all rows at once: asyncpg would read a file of them piece by piece, in a thread."""
    yield rows


def rows_of(owner: Owner, block: Columns) -> Rows:
    """Return a sound block's rows: as text, but as records where a name has a yen sign."""
    text = text_rows(owner, block)
    return records_of(block) if text is None else text


def text_rows(owner: Owner, block: Columns) -> bytes | None:
    """Return a sound block in COPY's text format, a line for each record; None if it cannot be.

    Digits with leading zeros and days as YYYYMMDD are what the database reads; C fields lose the
    spaces that fill them up, and a reason that is not there is NULL.
    """
    if any((block.part(name) == YEN_SIGN_BYTE).any() for name in _KANA):
        return None
    pieces = list(_pieces(owner, block))
    width = sum(len(bytes_[0]) for bytes_, _ in pieces) + len(pieces)
    text = np.full((len(block), width), ord("\t"), np.uint8)
    kept = np.ones((len(block), width), np.bool_)
    place = 0
    for bytes_, mask in pieces:
        end = place + bytes_.shape[1]
        text[:, place:end] = bytes_
        if mask is not None:
            kept[:, place:end] = mask
        place = end + 1
    text[:, -1] = ord("\n")
    return text[kept].tobytes()


def _pieces(owner: Owner, block: Columns) -> Iterator[tuple[Bytes, NDArray[np.bool_] | None]]:
    """Give each column's bytes, and which of them are part of its value (None: all)."""
    for own in (str(owner.file_id), owner.municipality):
        yield np.broadcast_to(_bytes(own.encode("ascii")), (len(block), len(own))), None
    for name in RECORD_FIELDS:
        part = block.part(name)
        if name in _PADDED:
            yield part, part != SPACE
        elif name in _KANA:
            filled = part != SPACE
            yield part, np.logical_or.accumulate(filled[:, ::-1], axis=1)[:, ::-1]
        elif name == _REASON:
            yield _reasons(part)
        else:
            yield part, None


def _reasons(part: Bytes) -> tuple[Bytes, NDArray[np.bool_]]:
    """Return NULL and the digit side by side, of which just one is kept."""
    null = np.broadcast_to(_bytes(NULL), (len(part), len(NULL)))
    none = part == NO_REASON
    return np.hstack((null, part)), np.hstack((none, none, ~none))


def _bytes(value: bytes) -> Bytes:
    return np.frombuffer(value, np.uint8)


def _values(owner: Owner, records: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    values = attrgetter(*RECORD_FIELDS)
    for record in records:
        yield (owner.file_id, owner.municipality, *values(record))
