"""A whole upload checked at once, without a record made of any of its bytes.

Only ever concludes that a file is sound; it refuses it otherwise and does not know why: then
`shared.files.billing` names every problem, or finds none in a file of a rarer shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from shared.files.billing import (
    DATA_LAYOUT,
    END_LAYOUT,
    HEADER_LAYOUT,
    LENGTH,
    TRAILER_LAYOUT,
    BillingHeader,
    BillingRecord,
    BillingRules,
)
from shared.files.columns import Columns, columns_checked, columns_of
from shared.files.framing import Run, line_end_at
from shared.kit.money import Yen

# Long enough that numpy's calls cost little, short enough for a core's cache (measured).
BLOCK_RECORDS = 8192
# Odd numbers without a pattern, one for each byte of a key; the sum wraps round at 64 bits.
_WEIGHTS = np.random.default_rng(20250602).integers(1 << 62, size=32, dtype=np.uint64) * 2 + 1
# Header, trailer and end stand around the data records.
FRAME_RECORDS = 3


class NotSurelySound(Exception):  # noqa: N818 - named as a fact
    """The file must be read record by record: there is a problem to be named, or a rarer shape."""


@dataclass(frozen=True, slots=True)
class _Runs:
    """A file's bytes as records of one length with one line end."""

    content: bytes
    line_end: bytes

    @classmethod
    def of(cls, content: bytes) -> _Runs:
        """Return the records of a file that consists of nothing else, the frame among them."""
        runs = cls(content, line_end_at(content, LENGTH))
        if len(content) % runs.stride or len(content) < FRAME_RECORDS * runs.stride:
            raise NotSurelySound
        return runs

    @property
    def stride(self) -> int:
        return LENGTH + len(self.line_end)

    def run(self, first: int, last: int) -> Run:
        """Return records `first` to `last`, counted from 0, the last one left out."""
        part = self.content[first * self.stride : last * self.stride]
        return Run(part, LENGTH, self.line_end)

    def record(self, place: int) -> bytes:
        """Return one record, counted from 0, or from the end below that."""
        first = place % len(self)
        run = self.run(first, first + 1)
        if run.unbroken() != 1:
            raise NotSurelySound
        return next(iter(run))

    def __len__(self) -> int:
        return len(self.content) // self.stride

    def data(self) -> Iterator[Run]:
        """Give what stands between header and trailer, block by block."""
        end = len(self) - FRAME_RECORDS + 1
        for first in range(1, end, BLOCK_RECORDS):
            yield self.run(first, min(first + BLOCK_RECORDS, end))


class BillingCheck:
    """A whole upload while it is checked: fields, seals, order, sums, hash.

    What it passes has no problem for shared.files.billing: one block of header, data and trailer,
    then the end record. `count` and `total_yen` are of the blocks given so far.
    """

    def __init__(self, content: bytes, key: bytes) -> None:
        """Look at the frame and the header; NotSurelySound."""
        self._rules = BillingRules(key)
        self._hashes: list[NDArray[np.uint64]] = []
        self._runs = _Runs.of(content)
        self.header = self._open(self._runs.record(0))

    @property
    def count(self) -> int:
        """The data records."""
        return self._rules.count

    @property
    def total_yen(self) -> Yen:
        """The sum of their amounts."""
        return Yen(self._rules.total)

    def blocks(self) -> Iterator[Columns]:
        """Give the data records, some thousands at once, as columns without values; once only.

        The trailer is looked at after the last of them. NotSurelySound at any place: then what was
        given counts for nothing.
        """
        for run in self._runs.data():
            columns = columns_checked(DATA_LAYOUT, run) if run.unbroken() == len(run) else None
            if columns is None or not self._rules.pass_run(columns):
                raise NotSurelySound
            self._rules.see_run(run)
            self._hashes.append(_key_hashes(columns))
            yield columns
        self._close(self._runs.record(-2), self._runs.record(-1))

    def keys_repeat(self) -> bool:
        """Tell whether a key stands twice among the blocks given so far.

        True may also mean that two keys look alike (their hashes of 64 bits are the same).
        """
        hashes = np.concatenate(self._hashes) if self._hashes else np.empty(0, np.uint64)
        ordered = np.sort(hashes)
        return bool((ordered[1:] == ordered[:-1]).any())

    def _open(self, raw: bytes) -> BillingHeader:
        values = HEADER_LAYOUT.decode(raw.decode("latin-1"))
        if values is None:
            raise NotSurelySound
        self._rules.see(raw)
        header, faults = self._rules.open_block(values)
        if header is None or faults:
            raise NotSurelySound
        return header

    def _close(self, trailer: bytes, end: bytes) -> None:
        values = TRAILER_LAYOUT.decode(trailer.decode("latin-1"))
        if (
            values is None
            or self._rules.close_block(values, trailer)
            or END_LAYOUT.decode(end.decode("latin-1")) is None
        ):
            raise NotSurelySound


def _key_hashes(columns: Columns) -> NDArray[np.uint64]:
    """Return a number for each record's key; equal keys of a file have equal numbers."""
    parts = [columns.part(name).astype(np.uint64) for name in ("payment_number", "category")]
    key = np.concatenate(parts, axis=1)
    return cast("NDArray[np.uint64]", key @ _WEIGHTS[: key.shape[1]])


def records_of(block: Columns) -> list[BillingRecord]:
    """Read the records of a sound block; ValueError for one that nobody has checked."""
    read = columns_of(DATA_LAYOUT, block.run)
    if read is None:
        raise ValueError("the block is not sound")
    del read["seal"]
    return read.records(BillingRecord)
