"""A whole upload checked at once, without a record made of any of its bytes.

Only ever concludes that a file is sound; it refuses it otherwise and does not know why: then
`shared.files.billing` names every problem, or finds none in a file of a rarer shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

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
from shared.files.columns import Columns, columns_checked, columns_of, columns_unread
from shared.files.framing import Run, line_end_at
from shared.kit.money import Yen

# Long enough that numpy's calls cost little, short enough for a core's cache (measured).
BLOCK_RECORDS = 8192
# Header, trailer and end stand around the data records.
FRAME_RECORDS = 3


@dataclass(frozen=True, slots=True)
class SoundBilling:
    """A file in which nothing is wrong: header, count and sum of its data records, its blocks."""

    header: BillingHeader
    count: int
    total_yen: Yen
    _runs: _Runs = field(repr=False)

    def blocks(self) -> Iterator[Columns]:
        """Give the data records in order, some thousands at once, as columns without values."""
        for run in self._runs.data():
            yield columns_unread(DATA_LAYOUT, run)


@dataclass(frozen=True, slots=True)
class _Runs:
    """A file's bytes as records of one length with one line end."""

    content: bytes
    line_end: bytes

    @classmethod
    def of(cls, content: bytes) -> _Runs | None:
        """Return the records of a file that consists of nothing else, the frame among them."""
        runs = cls(content, line_end_at(content, LENGTH))
        whole = len(content) % runs.stride == 0 and len(content) >= FRAME_RECORDS * runs.stride
        return runs if whole else None

    @property
    def stride(self) -> int:
        return LENGTH + len(self.line_end)

    def run(self, first: int, last: int) -> Run:
        """Return records `first` to `last`, counted from 0, the last one left out."""
        part = self.content[first * self.stride : last * self.stride]
        return Run(part, LENGTH, self.line_end)

    def record(self, place: int) -> bytes | None:
        """Return one record, counted from 0; None if its line end is another one."""
        run = self.run(place, place + 1)
        return next(iter(run)) if run.unbroken() == 1 else None

    def __len__(self) -> int:
        return len(self.content) // self.stride

    def data(self) -> Iterator[Run]:
        """Give what stands between header and trailer, block by block."""
        end = len(self) - FRAME_RECORDS + 1
        for first in range(1, end, BLOCK_RECORDS):
            yield self.run(first, min(first + BLOCK_RECORDS, end))


def check_blocks(content: bytes, key: bytes) -> SoundBilling | None:
    """Return the file if it is surely sound (fields, seals, order, sums, hash), else None.

    None says only that it must be read record by record (shared.files.billing). What this returns
    has no problem there: one block of header, data and trailer, then the end record.
    """
    runs = _Runs.of(content)
    if runs is None:
        return None
    rules = BillingRules(key)
    header = _opened(rules, runs.record(0))
    if header is None or not all(_passed(rules, run) for run in runs.data()):
        return None
    if not _closed(rules, runs.record(len(runs) - 2), runs.record(len(runs) - 1)):
        return None
    return SoundBilling(header, rules.count, Yen(rules.total), runs)


def records_of(block: Columns) -> list[BillingRecord]:
    """Read the records of a sound block; ValueError for one that nobody has checked."""
    read = columns_of(DATA_LAYOUT, block.run)
    if read is None:
        raise ValueError("the block is not sound")
    del read["seal"]
    return read.records(BillingRecord)


def _opened(rules: BillingRules, raw: bytes | None) -> BillingHeader | None:
    values = raw and HEADER_LAYOUT.decode(raw.decode("latin-1"))
    if not raw or not values:
        return None
    rules.see(raw)
    header, faults = rules.open_block(values)
    return None if faults else header


def _passed(rules: BillingRules, run: Run) -> bool:
    if run.unbroken() != len(run):
        return False
    columns = columns_checked(DATA_LAYOUT, run)
    if columns is None or not rules.pass_run(columns):
        return False
    rules.see_run(run)
    return True


def _closed(rules: BillingRules, trailer: bytes | None, end: bytes | None) -> bool:
    values = trailer and TRAILER_LAYOUT.decode(trailer.decode("latin-1"))
    if not trailer or not values or end is None:
        return False
    sound = not rules.close_block(values, trailer)
    return sound and END_LAYOUT.decode(end.decode("latin-1")) is not None
