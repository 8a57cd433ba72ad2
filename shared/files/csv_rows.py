"""From bytes to the rows of a CSV: lines that end in CRLF, the character set, the quotes.

Knows no column's meaning. What it takes apart can be put together again to the byte.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile
from typing import NamedTuple

LINE_END = b"\r\n"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
QUOTE = '"'
# A row longer than this is no row of ours: the reader stops instead of filling the memory.
ROW_BYTES_MAX = 16_384
# How many bytes are cut into lines at once; a source that is one long block is not copied whole.
PIECE_BYTES = 1 << 18
SHOWN_BYTES = 32
_FIELD = re.compile('"((?:[^"]|"")*)"(?:,|$)|([^",]*)(?:,|$)')
_ONE = '(?:"[^"]*(?:""[^"]*)*"|[^",]*)'
_WHOLE_ROW = re.compile(f"{_ONE}(?:,{_ONE})*")


class Quoting(Enum):
    """Which fields stand in quotes.

    WHERE_NEEDED: as RFC 4180 has it; a reader takes needless quotes too, a writer makes none.
    BY_COLUMN: a column is always or never quoted, the header never; anything else is refused.
    """

    WHERE_NEEDED = "where_needed"
    BY_COLUMN = "by_column"


@dataclass(frozen=True, slots=True)
class Dialect:
    """A character set, the problem's code for bytes that are not of it, and the quoting."""

    encoding: str
    wrong_bytes: str
    quoting: Quoting


UTF_8_RFC_4180 = Dialect("utf-8", "not_utf_8", Quoting.WHERE_NEEDED)
CP932_BY_COLUMN = Dialect("cp932", "not_cp932", Quoting.BY_COLUMN)


class Row(NamedTuple):
    """One row taken apart: its fields without quotes, and which of them stood in quotes."""

    parts: list[str]
    quoted: list[bool]


class Broken(NamedTuple):
    """A line that is no row: the problem's code, the field it is told at, what is shown."""

    code: str
    field: str
    shown: str


def line_batches(blocks: Iterable[bytes]) -> Iterator[list[bytes] | Broken]:
    """Yield lines, many at a time, without their line ends; a Broken one is the last item."""
    rest = b""
    for piece in _pieces(blocks):
        *whole, rest = (rest + piece).split(LINE_END)
        # What is not yet a line may still end in the first byte of its line end.
        lines = [*whole, rest] if len(rest) > ROW_BYTES_MAX + 1 else whole
        sound = list(takewhile(lambda raw: len(raw) <= ROW_BYTES_MAX, lines))
        if sound:
            yield sound
        if len(sound) < len(lines):
            yield Broken("row_too_long", "row", repr(lines[len(sound)][:SHOWN_BYTES]))
            return
    if rest:
        # What is shown ends where the line ought to have ended.
        line, newline, _ = rest.partition(b"\n")
        code = "broken_line_end" if newline else "missing_line_end"
        yield Broken(code, "line_end", repr((line + newline)[-8:]))


def _pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        for start in range(0, len(block), PIECE_BYTES):
            yield block[start : start + PIECE_BYTES]


def split_row(raw: bytes, dialect: Dialect) -> Row | Broken:
    """Take one line apart; quotes never span lines here."""
    if raw.startswith(BYTE_ORDER_MARK):
        return _broken("byte_order_mark", raw)
    if b"\r" in raw or b"\n" in raw:
        return _broken("broken_line_end", raw)
    text = decoded(raw, dialect)
    if text is None:
        return _broken(dialect.wrong_bytes, raw)
    if QUOTE not in text:
        parts = text.split(",")
        return Row(parts, [False] * len(parts))
    return _split_quoted(text) or _broken("broken_quoting", raw)


def _broken(code: str, raw: bytes) -> Broken:
    return Broken(code, "", repr(raw[:SHOWN_BYTES]))


def plain_rows(raws: list[bytes], dialect: Dialect) -> list[list[str]] | None:
    """Return the fields of many lines at once, or None where they need a look one by one.

    Under BY_COLUMN the fields still bear their quotes: whoever knows the columns takes them off.
    """
    joined = b"\n".join(raws)
    if b"\r" in joined or joined.count(b"\n") != len(raws) - 1 or BYTE_ORDER_MARK in joined:
        return None
    text = decoded(joined, dialect)
    if text is None:
        return None
    lines = text.split("\n")
    if QUOTE not in text or dialect.quoting is Quoting.BY_COLUMN:
        return [line.split(",") for line in lines]
    with_quotes = [line for line in lines if QUOTE in line]
    if not all(map(_WHOLE_ROW.fullmatch, with_quotes)):
        return None
    # The library's reader is lenient, so it is only given rows whose quotes are known to be sound.
    unquoted = csv.reader(with_quotes, strict=True)
    return [next(unquoted) if QUOTE in line else line.split(",") for line in lines]


def decoded(raw: bytes, dialect: Dialect) -> str | None:
    """Return the text, or None if the bytes are not the ones that this text is written with.

    cp932 has several bytes for some characters (¬, ∵ and the IBM extensions): only those that a
    writer makes are taken, for the others would come back as other bytes.
    """
    try:
        text = raw.decode(dialect.encoding)
        same = text.isascii() or text.encode(dialect.encoding) == raw
    except UnicodeError:
        return None
    return text if same else None


def encoded(text: str, dialect: Dialect) -> bytes | None:
    """Return the bytes, or None if the character set cannot say this text exactly."""
    try:
        raw = text.encode(dialect.encoding)
        same = text.isascii() or raw.decode(dialect.encoding) == text
    except UnicodeError:
        return None
    return raw if same else None


def _split_quoted(text: str) -> Row | None:
    row = Row([], [])
    position = 0
    while position <= len(text):
        match = _FIELD.match(text, position)
        if match is None:
            return None
        quoted, bare = match.groups()
        row.parts.append(bare if quoted is None else quoted.replace('""', QUOTE))
        row.quoted.append(quoted is not None)
        position = match.end()
        if match.end() == len(text) and not match.group().endswith(","):
            return row
    return row


def in_quotes(text: str) -> str:
    """Return a field in quotes, quotes inside it doubled."""
    return f'"{text.replace(QUOTE, QUOTE * 2)}"'
