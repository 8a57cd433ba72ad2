"""Strict CSV tables: UTF-8 without BOM, CRLF, RFC 4180 quoting, one header row, columns in order.

Knows rows and columns, no format. A CSV carries no totals: `FileTotals` travel beside it and are
compared with what was read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.files.framing import Source, blocks_of
from shared.files.problems import Fault, FileProblem, FileProblemError
from shared.files.values import (
    Reader,
    Writer,
    choice_writer,
    plain_number_writer,
    read_instant,
    read_iso_day,
    read_yen,
    text_writer,
    write_instant,
    write_iso_day,
)

R = TypeVar("R")

LINE_END = b"\r\n"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# A row longer than this is no row of ours: the reader stops instead of filling the memory.
ROW_BYTES_MAX = 16_384
HEADER_LINE = 1
# No control characters, no lone surrogates, and no text that hides its own direction.
_NO_TEXT = (
    r"\x00-\x1f\x7f-\x9f\ud800-\udfff"
    r"\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
)
TEXT = f"[^{_NO_TEXT}]"
_FIELD = re.compile('"((?:[^"]|"")*)"(?:,|$)|([^",]*)(?:,|$)')


@dataclass(frozen=True, slots=True)
class FileTotals:
    """What travels beside a CSV: data rows, the sum of their yen, SHA-256 of the bytes (hex)."""

    count: int
    total_yen: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the file, the record's attribute, and how its text is read."""

    name: str
    attribute: str
    pattern: str
    code: str
    read: Reader
    write: Writer


def text_column(name: str, attribute: str, pattern: str, code: str) -> Column:
    """Return a column that is kept as text."""
    return Column(name, attribute, pattern, code, str, text_writer(pattern, code))


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
    """One CSV format: its columns, its record, and the rules between a row's fields.

    `rules(record, row_no)` yields faults; `amount` says what the totals sum.
    """

    def __init__(
        self,
        record: type[R],
        columns: Iterable[Column],
        rules: Callable[[R, int], Iterable[Fault]],
        amount: Callable[[R], int],
    ) -> None:
        self.record = record
        self.columns = tuple(columns)
        self.names = [column.name for column in self.columns]
        self._rules = rules
        self._amount = amount
        self._matches = [re.compile(column.pattern).fullmatch for column in self.columns]
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
        count, total, all_read = 0, 0, True
        header_seen = False
        for line, item in enumerate(_rows(_hashed(source, file_hash)), start=1):
            if isinstance(item, FileProblem):
                header_seen = header_seen or line == HEADER_LINE
                count += line != HEADER_LINE
                all_read = False
                yield item
            elif line == HEADER_LINE:
                header_seen = True
                if item != self.names:
                    shown = ",".join(item)
                    yield Fault(1, "header", "wrong_header", shown).at(line, "header")
            else:
                count += 1
                record, faults = self._decode(item, count)
                if record is None:
                    all_read = False
                else:
                    total += self._amount(record)
                if record is not None and not any(fault.structural for fault in faults):
                    yield record
                for fault in faults:
                    yield fault.at(line, "row")
        if not header_seen:
            yield FileProblem(0, "file", None, "header", "empty_file", "")
        if expected is not None:
            seen = FileTotals(
                count, total if all_read else expected.total_yen, file_hash.hexdigest()
            )
            yield from _differences(expected, seen)

    def _decode(self, row: list[str], row_no: int) -> tuple[R | None, Sequence[Fault]]:
        if len(row) != len(self.columns):
            return None, [Fault(None, "row", "wrong_column_count", str(len(row)))]
        values: list[Any] = []
        faults = []
        for place, (column, matches, part) in enumerate(
            zip(self.columns, self._matches, row, strict=True), start=1
        ):
            code = column.code
            if matches(part) is not None:
                try:
                    values.append(column.read(part))
                except ValueError as problem:
                    code = str(problem)
                else:
                    continue
            faults.append(Fault(place, column.name, code, part))
        if faults:
            return None, faults
        record = self.record(*values)
        return record, list(self._rules(record, row_no))

    def stream(self, records: Iterable[R]) -> Iterator[bytes]:
        """Write the header row and a row for each record; FileProblemError names what cannot be."""
        yield ",".join(self.names).encode() + LINE_END
        for row_no, record in enumerate(records, start=1):
            parts = []
            for column in self.columns:
                value = getattr(record, column.attribute)
                try:
                    parts.append(_quoted(column.write(value)))
                except ValueError as problem:
                    raise FileProblemError(column.name, str(problem), value, line=row_no) from None
            for fault in self._rules(record, row_no):
                raise FileProblemError(fault.field, fault.code, fault.value, line=row_no)
            yield ",".join(parts).encode() + LINE_END

    def totals(self, data: bytes, records: Iterable[R]) -> FileTotals:
        """Return the totals that travel beside `data`, whose records these are."""
        amounts = [self._amount(record) for record in records]
        return FileTotals(len(amounts), sum(amounts), hashlib.sha256(data).hexdigest())


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


def _rows(blocks: Iterator[bytes]) -> Iterator[list[str] | FileProblem]:
    """Yield one row or one problem for each line; a line is what ends in CRLF."""
    for line, raw in enumerate(_lines(blocks), start=1):
        record = "header" if line == HEADER_LINE else "row"
        if isinstance(raw, FileProblem):
            yield raw
            continue
        code, row = _split_row(raw)
        if code:
            yield FileProblem(line, record, None, record, code, repr(raw[:32]))
        else:
            yield row


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes | FileProblem]:
    rest = b""
    line = 0
    for block in blocks:
        *whole, rest = (rest + block).split(LINE_END)
        # What is not yet a line may still end in the first byte of its line end.
        for raw in (*whole, rest) if len(rest) > ROW_BYTES_MAX + 1 else whole:
            line += 1
            if len(raw) > ROW_BYTES_MAX:
                yield FileProblem(line, "row", None, "row", "row_too_long", repr(raw[:32]))
                return
            yield raw
    if rest:
        code = "broken_line_end" if b"\n" in rest else "missing_line_end"
        yield FileProblem(line + 1, "row", None, "line_end", code, repr(rest[-8:]))


def _split_row(raw: bytes) -> tuple[str, list[str]]:
    """Return (code of the problem or nothing, fields); quotes never span lines here."""
    if raw.startswith(BYTE_ORDER_MARK):
        return "byte_order_mark", []
    if b"\r" in raw or b"\n" in raw:
        return "broken_line_end", []
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return "not_utf_8", []
    if '"' not in text:
        return "", text.split(",")
    return _split_quoted(text)


def _split_quoted(text: str) -> tuple[str, list[str]]:
    row = []
    position = 0
    while position <= len(text):
        match = _FIELD.match(text, position)
        if match is None:
            return "broken_quoting", []
        quoted, bare = match.groups()
        row.append(bare if quoted is None else quoted.replace('""', '"'))
        position = match.end()
        if match.end() == len(text) and not match.group().endswith(","):
            return "", row
    return "", row


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if '"' in text or "," in text else text
