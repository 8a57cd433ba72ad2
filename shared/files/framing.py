"""From a stream of bytes to records of one length, whatever the line ends.

Knows lengths and line ends, no field. When a frame is broken it stops: what follows cannot be
judged, and is not guessed at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
# A run is what is checked at once: long enough to be worth it, and short enough for a core's cache
# and Python's garbage collector (measured: decision 0015).
RUN_RECORDS = 512


@dataclass(frozen=True, slots=True)
class Run:
    """Whole records one behind the other, each with the same line end (none, LF or CRLF)."""

    data: bytes
    length: int
    line_end: bytes

    @property
    def stride(self) -> int:
        """The number of bytes from one record to the next."""
        return self.length + len(self.line_end)

    @property
    def records(self) -> bytes:
        """The records without their line ends."""
        return b"".join(self) if self.line_end else self.data

    @property
    def first_bytes(self) -> bytes:
        """The first byte of each record."""
        return self.data[:: self.stride]

    def __len__(self) -> int:
        return len(self.data) // self.stride

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), self.stride):
            yield self.data[start : start + self.length]

    def part(self, start: int, end: int) -> Run:
        """Return records `start` to `end`, counted from 0, the last one left out."""
        if start == 0 and end == len(self):
            return self
        return Run(self.data[start * self.stride : end * self.stride], self.length, self.line_end)

    def unbroken(self) -> int:
        """Return how many records there are before the first one with another line end."""
        ends = [self.data[self.length + at :: self.stride] for at in range(len(self.line_end))]
        if all(
            end == bytes([mark]) * len(self) for end, mark in zip(ends, self.line_end, strict=True)
        ):
            return len(self)
        return next(
            at for at, end in enumerate(zip(*ends, strict=True)) if bytes(end) != self.line_end
        )


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
    """Yield records of `length` bytes one by one; otherwise as split_runs."""
    for run in split_runs(source, length, end_mark_allowed=end_mark_allowed):
        if isinstance(run, FileProblem):
            yield run
        else:
            yield from run


def split_runs(
    source: Source, length: int, *, end_mark_allowed: bool = False
) -> Iterator[Run | FileProblem]:
    """Yield runs of records of `length` bytes; the first record decides the line end of all.

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
            line_end = line_end_at(rest, length)
        stride = length + len(line_end)
        usable = len(rest) - len(rest) % stride
        for start in range(0, usable, RUN_RECORDS * stride):
            end = min(start + RUN_RECORDS * stride, usable)
            run = Run(rest[start:end], length, line_end)
            sound = run.unbroken()
            if sound:
                yield run.part(0, sound)
            line += sound
            if sound < len(run):
                shown = repr(run.data[sound * stride + length : (sound + 1) * stride])
                yield FileProblem(
                    line + 1, "file", length + 1, "line_end", "broken_line_end", shown
                )
                return
        rest = rest[usable:]
    yield from _tail(rest, length, line + 1, line_end or b"", end_mark_allowed=end_mark_allowed)


def line_end_at(block: bytes, position: int) -> bytes:
    """Return the line end that stands at a position of a file; none is NO_LINE_END."""
    for line_end in (CRLF, LF):
        if block.startswith(line_end, position):
            return line_end
    return NO_LINE_END


def _tail(
    rest: bytes, length: int, line: int, line_end: bytes, *, end_mark_allowed: bool
) -> Iterator[Run | FileProblem]:
    """Yield a last record without its line end, and a problem for bytes that belong nowhere."""
    if len(rest) >= length:
        yield Run(rest[:length], length, NO_LINE_END)
        rest = rest[length:]
        line += 1
    if not rest or (end_mark_allowed and rest in {END_OF_FILE_MARK, END_OF_FILE_MARK + line_end}):
        return
    yield FileProblem(line, "file", 1, "record", "incomplete_record", f"{len(rest)} bytes")
