"""A CSV as it is being read: lines become records and problems, in order, counted and summed.

Knows neither columns nor quotes: the table says what a line is, and what must hold in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from shared.files.csv_rows import Broken, Dialect, Quoting, Row, line_batches, split_row
from shared.files.problems import Fault, FileProblem

R = TypeVar("R")


class AcrossRows(Generic[R]):
    """What holds between the rows of one file; made anew for each file. This one demands nothing.

    It is told of every row in order. Its faults are told at the row just seen.
    """

    def take(self, record: R) -> Iterable[Fault]:
        """Return what is wrong between this row and those before it."""
        return ()

    def skip(self) -> None:
        """Know that a row could not be read: what it would have said is missing."""

    def end(self) -> Iterable[Fault]:
        """Return what is wrong now that no further row comes."""
        return ()


class RowTable(Protocol[R]):
    """What a reading must know of a table."""

    names: list[str]
    dialect: Dialect

    def rules(self, record: R, row_no: int, /) -> Iterable[Fault]:
        """Return what is wrong inside one record."""
        ...

    def amount(self, record: R, /) -> int:
        """Return the yen that the totals sum."""
        ...

    def across(self) -> AcrossRows[R]:
        """Return what watches over a new file."""
        ...

    def decode(self, row: Row) -> R | list[Fault]:
        """Return one row's record, or every field that is none."""
        ...

    def decode_all(self, raws: list[bytes]) -> Iterable[R] | None:
        """Return the records of many lines, or None if one of them needs a look by itself."""
        ...


class Reading(Generic[R]):
    """One file being read. `count` and `total` are of its data rows, `total` of the readable ones.

    A row that cannot be read is counted but not summed; then `all_read` is False.
    """

    def __init__(self, table: RowTable[R]) -> None:
        self.count = 0
        self.total = 0
        self.all_read = True
        self._table = table
        self._across = table.across()
        self._watching = type(self._across) is not AcrossRows
        self._line = 0

    def of(self, blocks: Iterable[bytes]) -> Iterator[R | FileProblem]:
        """Yield records and problems in order."""
        for batch in line_batches(blocks):
            if isinstance(batch, Broken):
                yield self._lost(batch)
            else:
                yield from self._batch(batch)
        if self._line == 0:
            yield FileProblem(0, "file", None, "header", "empty_file", "")
        for fault in self._across.end():
            yield fault.at(self._line, "row")

    def _batch(self, raws: list[bytes]) -> Iterator[R | FileProblem]:
        if self._line == 0:
            yield from self._header(raws[0])
            raws = raws[1:]
        records = self._table.decode_all(raws) if raws else ()
        if records is None:
            for raw in raws:
                yield from self._row(raw)
            return
        for record in records:
            if faults := self._faults(record):
                yield from self._told(record, faults)
            else:
                yield record

    def _header(self, raw: bytes) -> Iterator[FileProblem]:
        row = split_row(raw, self._table.dialect)
        if isinstance(row, Broken):
            yield self._lost(row)
            return
        self._line = 1
        quoted = self._table.dialect.quoting is Quoting.BY_COLUMN and any(row.quoted)
        if row.parts != self._table.names or quoted:
            yield Fault(1, "header", "wrong_header", ",".join(row.parts)).at(1, "header")

    def _row(self, raw: bytes) -> Iterator[R | FileProblem]:
        row = split_row(raw, self._table.dialect)
        if isinstance(row, Broken):
            yield self._lost(row)
            return
        record = self._table.decode(row)
        if not isinstance(record, list):
            yield from self._told(record, self._faults(record))
            return
        self._unread()
        for fault in record:
            yield fault.at(self._line, "row")

    def _faults(self, record: R) -> list[Fault]:
        self._line += 1
        self.count += 1
        self.total += int(self._table.amount(record))
        faults = list(self._table.rules(record, self.count))
        if self._watching:
            faults += self._across.take(record)
        return faults

    def _told(self, record: R, faults: list[Fault]) -> Iterator[R | FileProblem]:
        if not any(fault.structural for fault in faults):
            yield record
        for fault in faults:
            yield fault.at(self._line, "row")

    def _lost(self, broken: Broken) -> FileProblem:
        kind = "row" if self._line or broken.field else "header"
        self._unread()
        field = broken.field or kind
        return FileProblem(self._line, kind, None, field, broken.code, broken.shown)

    def _unread(self) -> None:
        """Pass over a line that is no record; the first line is the header, and is not counted."""
        self.all_read = False
        if self._line:
            self.count += 1
            self._across.skip()
        self._line += 1
