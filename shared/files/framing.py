"""From a stream of bytes to records of one length, whatever the line ends.

Knows lengths and line ends, no field. When a frame is broken it stops: what follows cannot be
judged, and is not guessed at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from shared.files.problems import FileProblem


@runtime_checkable
class Readable(Protocol):
    """A file open for reading bytes."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""
        ...


Source = bytes | Readable | Iterable[bytes]

NO_LINE_END = b""
LF = b"\n"
CRLF = b"\r\n"
END_OF_FILE_MARK = b"\x1a"
BLOCK_BYTES = 1 << 20


def blocks_of(source: Source) -> Iterator[bytes]:
    """Yield a source's bytes in pieces, whichever of the three kinds it is."""
    if isinstance(source, bytes):
        yield source
    elif isinstance(source, Readable):
        while block := source.read(BLOCK_BYTES):
            yield block
    else:
        yield from source


def split_records(
    source: Source, length: int, *, end_mark_allowed: bool = False
) -> Iterator[bytes | FileProblem]:
    """Yield records of `length` bytes; the first one decides the line end of all (none, LF, CRLF).

    The last item may be a structural problem: broken_line_end or incomplete_record. Some banks put
    0x1A behind the last record; only formats that know it allow it.
    """
    rest = b""
    line = 0
    line_end: bytes | None = None
    for block in blocks_of(source):
        rest = rest + block if rest else block
        if line_end is None:
            if len(rest) < length + len(CRLF):
                continue
            line_end = _line_end_at(rest, length)
        stride = length + len(line_end)
        usable = len(rest) - len(rest) % stride
        for start in range(0, usable, stride):
            line += 1
            end = start + length
            if line_end and rest[end : start + stride] != line_end:
                shown = repr(rest[end : start + stride])
                yield FileProblem(line, "file", length + 1, "line_end", "broken_line_end", shown)
                return
            yield rest[start:end]
        rest = rest[usable:]
    yield from _tail(rest, length, line + 1, line_end or b"", end_mark_allowed=end_mark_allowed)


def _line_end_at(block: bytes, position: int) -> bytes:
    for line_end in (CRLF, LF):
        if block.startswith(line_end, position):
            return line_end
    return NO_LINE_END


def _tail(
    rest: bytes, length: int, line: int, line_end: bytes, *, end_mark_allowed: bool
) -> Iterator[bytes | FileProblem]:
    """Yield a last record without its line end, and a problem for bytes that belong nowhere."""
    if len(rest) >= length:
        yield rest[:length]
        rest = rest[length:]
        line += 1
    if not rest or (end_mark_allowed and rest in {END_OF_FILE_MARK, END_OF_FILE_MARK + line_end}):
        return
    yield FileProblem(line, "file", 1, "record", "incomplete_record", f"{len(rest)} bytes")
