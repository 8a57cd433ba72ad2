"""Strict CSV tables: one character set, CRLF, one way of quoting, a header row, columns in order.

Knows columns and records, no format. A CSV carries no totals: `FileTotals` travel beside it and are
compared with what was read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

from shared.files.csv_reading import AcrossRows, Reading
from shared.files.csv_rows import (
    LINE_END,
    QUOTE,
    UTF_8_RFC_4180,
    Dialect,
    Quoting,
    Row,
    encoded,
    in_quotes,
    plain_rows,
)
from shared.files.framing import Source, blocks_of
from shared.files.problems import Fault, FileProblem, FileProblemError
from shared.files.values import (
    Reader,
    Writer,
    choice_writer,
    plain_number_writer,
    read_day,
    read_instant,
    read_iso_day,
    read_yen,
    text_writer,
    write_day,
    write_instant,
    write_iso_day,
)

R = TypeVar("R")

# No control characters, no lone surrogates, and no text that hides its own direction.
_NO_TEXT = (
    r"\x00-\x1f\x7f-\x9f\ud800-\udfff"
    r"\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
)
TEXT = f"[^{_NO_TEXT}]"


@dataclass(frozen=True, slots=True)
class FileTotals:
    """What travels beside a CSV: data rows, the sum of their yen, SHA-256 of the bytes (hex)."""

    count: int
    total_yen: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the file, the record's attribute, and how its text is read.

    `quoted` counts only where the dialect quotes by column.
    """

    name: str
    attribute: str
    pattern: str
    code: str
    read: Reader
    write: Writer
    quoted: bool = False


def text_column(
    name: str, attribute: str, pattern: str, code: str, *, quoted: bool = False
) -> Column:
    """Return a column that is kept as text."""
    return Column(name, attribute, pattern, code, str, text_writer(pattern, code), quoted)


def number_column(name: str, attribute: str, width: int) -> Column:
    """Return a column of natural numbers without leading zeros, `width` digits at most."""
    pattern = f"(?:0|[1-9][0-9]{{0,{width - 1}}})"
    return Column(name, attribute, pattern, "not_a_number", int, plain_number_writer(width))


def yen_column(name: str, attribute: str, width: int = 11) -> Column:
    """Return a column of whole unsigned yen."""
    pattern = f"(?:0|[1-9][0-9]{{0,{width - 1}}})"
    return Column(name, attribute, pattern, "not_a_number", read_yen, plain_number_writer(width))


def padded_column(name: str, attribute: str, width: int) -> Column:
    """Return a column of numbers with exactly `width` digits, such as an instalment 01."""
    pattern = f"[0-9]{{{width}}}"
    write_number = plain_number_writer(width)
    return Column(
        name, attribute, pattern, "not_digits", int, lambda value: write_number(value).zfill(width)
    )


def optional_padded_column(name: str, attribute: str, width: int) -> Column:
    """Return a column of numbers with exactly `width` digits that may be empty (None)."""
    whole = padded_column(name, attribute, width)
    return Column(
        name,
        attribute,
        f"(?:{whole.pattern})?",
        whole.code,
        lambda text: int(text) if text else None,
        lambda value: "" if value is None else whole.write(value),
    )


def day_column(name: str, attribute: str, *, optional: bool = False) -> Column:
    """Return a YYYY-MM-DD column; an optional one is None where it is empty."""
    pattern = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    if not optional:
        return Column(name, attribute, pattern, "not_a_date", read_iso_day, write_iso_day)

    def read(text: str) -> object:
        return read_iso_day(text) if text else None

    def write(value: object) -> str:
        return "" if value is None else write_iso_day(value)

    return Column(name, attribute, f"(?:{pattern})?", "not_a_date", read, write)


def compact_day_column(name: str, attribute: str, *, none: str | None = None) -> Column:
    """Return a YYYYMMDD column; `none` is what stands there where there is no day (then None)."""
    if none is None:
        return Column(name, attribute, "[0-9]{8}", "not_a_date", read_day, write_day)

    def read(text: str) -> object:
        return None if text == none else read_day(text)

    def write(value: object) -> str:
        return none if value is None else write_day(value)

    pattern = f"(?:{re.escape(none)}|[0-9]{{8}})"
    return Column(name, attribute, pattern, "not_a_date", read, write)


def instant_column(name: str, attribute: str) -> Column:
    """Return a column of UTC instants, YYYY-MM-DDTHH:MM:SSZ."""
    clock = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    pattern = f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{clock}Z"
    return Column(name, attribute, pattern, "not_an_instant", read_instant, write_instant)


def choice_column(name: str, attribute: str, values: Mapping[str, Hashable]) -> Column:
    """Return a column of a few codes."""
    pattern = "(?:" + "|".join(re.escape(code) for code in values) + ")"
    return Column(
        name, attribute, pattern, "unknown_code", values.__getitem__, choice_writer(values)
    )


class CsvTable(Generic[R]):
    """One CSV format: its columns, its record, its dialect, and the rules inside and across rows.

    `rules(record, row_no)` yields faults; `amount` says what the totals sum; `across` makes what
    watches over a whole file.
    """

    def __init__(
        self,
        record: type[R],
        columns: Iterable[Column],
        rules: Callable[[R, int], Iterable[Fault]],
        amount: Callable[[R], int],
        *,
        dialect: Dialect = UTF_8_RFC_4180,
        across: Callable[[], AcrossRows[R]] = AcrossRows,
    ) -> None:
        self.record = record
        self.columns = tuple(columns)
        self.names = [column.name for column in self.columns]
        self.rules = rules
        self.amount = amount
        self.dialect = dialect
        self.across = across
        self._matches = [re.compile(column.pattern).fullmatch for column in self.columns]
        self._write = [column.write for column in self.columns]
        self._values_of = attrgetter(*(column.attribute for column in self.columns))
        self._by_column = dialect.quoting is Quoting.BY_COLUMN
        fields = tuple(getattr(record, "__dataclass_fields__", ()))
        if fields != tuple(column.attribute for column in self.columns):
            raise ValueError(f"{record.__name__} and its columns differ")

    def fault(self, attribute: str, code: str, value: object, *, structural: bool = True) -> Fault:
        """Return a fault of a rule, placed at the column that shows it."""
        for place, column in enumerate(self.columns, start=1):
            if column.attribute == attribute:
                return Fault(place, column.name, code, str(value), structural)
        raise KeyError(attribute)

    def read(self, source: Source, expected: FileTotals | None = None) -> Iterator[R | FileProblem]:
        """Stream records and problems in order; compares the totals at the end if there are any."""
        file_hash = hashlib.sha256()
        reading = Reading(self)
        yield from reading.of(_hashed(source, file_hash))
        if expected is not None:
            total = reading.total if reading.all_read else expected.total_yen
            seen = FileTotals(reading.count, total, file_hash.hexdigest())
            yield from _differences(expected, seen)

    def decode(self, row: Row) -> R | list[Fault]:
        """Return one row's record, or every field that is none."""
        if len(row.parts) != len(self.columns):
            return [Fault(None, "row", "wrong_column_count", str(len(row.parts)))]
        values: list[Any] = []
        faults = []
        for place, column in enumerate(self.columns, start=1):
            part = row.parts[place - 1]
            code = column.code
            if self._by_column and row.quoted[place - 1] != column.quoted:
                code = "wrong_quoting"
            elif self._matches[place - 1](part) is not None:
                try:
                    values.append(column.read(part))
                except ValueError as problem:
                    code = str(problem)
                else:
                    continue
            faults.append(Fault(place, column.name, code, part))
        return faults or self.record(*values)

    def decode_all(self, raws: list[bytes]) -> Iterable[R] | None:
        """Return the records of many lines, or None if one of them needs a look by itself.

        Column by column: each distinct text is checked and read once.
        """
        rows = plain_rows(raws, self.dialect)
        if rows is None or set(map(len, rows)) != {len(self.columns)}:
            return None
        columns = []
        for column, matches, texts in zip(
            self.columns, self._matches, zip(*rows, strict=True), strict=True
        ):
            parts: Iterable[str] | None = texts
            if self._by_column:
                parts = _bare(texts, quoted=column.quoted)
            values = None if parts is None else _values(column, matches, tuple(parts))
            if values is None:
                return None
            columns.append(values)
        return map(self.record, *columns)

    def stream(self, records: Iterable[R]) -> Iterator[bytes]:
        """Write the header row and a row for each record; FileProblemError names what cannot be."""
        yield self._line(self.names)
        across = self.across()
        row_no = 0
        for row_no, record in enumerate(records, start=1):
            raw = self._row(record, row_no)
            for fault in (*self.rules(record, row_no), *across.take(record)):
                raise FileProblemError(fault.field, fault.code, fault.value, line=row_no)
            yield raw
        for fault in across.end():
            raise FileProblemError(fault.field, fault.code, fault.value, line=row_no)

    def _row(self, record: R, row_no: int) -> bytes:
        """Write one row: as a whole if it needs no quotes, else column by column."""
        values = self._values_of(record)
        if not self._by_column:
            raw = self._plain_row(values)
            if raw is not None:
                return raw
        columns = zip(self.columns, values, strict=True)
        return self._line(self._written(column, value, row_no) for column, value in columns)

    def _plain_row(self, values: tuple[Any, ...]) -> bytes | None:
        """Return a row; None if it needs quotes, or if any value needs to be told why not."""
        try:
            row = ",".join([write(value) for write, value in zip(self._write, values, strict=True)])
        except ValueError:
            return None
        if QUOTE in row or row.count(",") >= len(self.columns):
            return None
        raw = encoded(row, self.dialect)
        return None if raw is None else raw + LINE_END

    def _written(self, column: Column, value: object, row_no: int) -> str:
        try:
            text = column.write(value)
            if encoded(text, self.dialect) is None:
                raise ValueError("outside_character_set")
            return self._quoted(column, text)
        except ValueError as problem:
            raise FileProblemError(column.name, str(problem), value, line=row_no) from None

    def _quoted(self, column: Column, text: str) -> str:
        needed = QUOTE in text or "," in text
        if self._by_column and needed and not column.quoted:
            raise ValueError("needs_quotes")
        return in_quotes(text) if column.quoted or needed else text

    def _line(self, parts: Iterable[str]) -> bytes:
        return ",".join(parts).encode(self.dialect.encoding) + LINE_END

    def totals(self, data: bytes, records: Iterable[R]) -> FileTotals:
        """Return the totals that travel beside `data`, whose records these are."""
        amounts = [self.amount(record) for record in records]
        return FileTotals(len(amounts), sum(amounts), hashlib.sha256(data).hexdigest())


def _bare(texts: tuple[str, ...], *, quoted: bool) -> list[str] | None:
    """Take the quotes off a column, or return None where they are not exactly as they must be."""
    if not quoted:
        return None if any(QUOTE in text for text in set(texts)) else list(texts)
    for text in set(texts):
        if len(text) < len('""') or text[0] != QUOTE or text[-1] != QUOTE or QUOTE in text[1:-1]:
            return None
    return [text[1:-1] for text in texts]


def _values(
    column: Column, matches: Callable[[str], object], parts: tuple[str, ...]
) -> Iterable[Any] | None:
    distinct = set(parts)
    if not all(map(matches, distinct)):
        return None
    if column.read is str:
        return parts
    try:
        read = {part: column.read(part) for part in distinct}
    except ValueError:
        return None
    return map(read.__getitem__, parts)


def _hashed(source: Source, file_hash: Any) -> Iterator[bytes]:  # noqa: ANN401 - hashlib hides its type
    for block in blocks_of(source):
        file_hash.update(block)
        yield block


def _differences(expected: FileTotals, seen: FileTotals) -> Iterator[FileProblem]:
    for name, code in (
        ("count", "count_mismatch"),
        ("total_yen", "total_mismatch"),
        ("sha256", "hash_mismatch"),
    ):
        if getattr(expected, name) != getattr(seen, name):
            shown = str(getattr(expected, name))
            yield FileProblem(0, "file", None, name, code, shown)
