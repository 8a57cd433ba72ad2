"""The order of records in every Zengin-shaped file: 1 header, 2 data, 8 trailer, 9 end.

Knows the order, counts lines and gathers problems; what a record says is known by its format.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from shared.files.framing import Source, split_records
from shared.files.layout import RecordLayout, constant, filler
from shared.files.problems import Fault, FileProblem, FileProblemError

H = TypeVar("H")
R = TypeVar("R")

HEADER, DATA, TRAILER, END = b"1", b"2", b"8", b"9"
START = b""
KINDS = {HEADER: "header", DATA: "data", TRAILER: "trailer", END: "end"}
# Which kinds may follow which; several header … trailer blocks may stand before the end.
MAY_FOLLOW = {
    START: HEADER,
    HEADER: DATA + TRAILER,
    DATA: DATA + TRAILER,
    TRAILER: HEADER + END,
    END: b"",
}
COUNT_MAX = 999_999

NO_FAULTS: Sequence[Fault] = ()


class BlockRules(ABC, Generic[H, R]):
    """What one format adds: its layouts, its records, and the sums of the block being read."""

    layouts: ClassVar[dict[bytes, RecordLayout]]
    length: ClassVar[int]
    end_mark_allowed: ClassVar[bool] = False

    def data_layout(self, image: str) -> RecordLayout:
        """Return the layout of a data record, where a format has more than one."""
        return self.layouts[DATA]

    def see(self, raw: bytes) -> None:
        """Take note of a header's or data record's bytes, in order (for hashes over the file)."""

    def diagnose(self, layout: RecordLayout, image: str) -> list[Fault]:
        """Return the faults of a record that its layout refused."""
        return layout.diagnose(image)

    @abstractmethod
    def begin(self) -> None:
        """Start a block: sums go back to zero."""

    @abstractmethod
    def open_block(self, values: list[Any]) -> tuple[H | None, list[Fault]]:
        """Take a header; None beside faults if it has no meaning."""

    @abstractmethod
    def take(self, values: list[Any], raw: bytes) -> tuple[R | None, Sequence[Fault]]:
        """Take a data record; None beside faults if it has no meaning."""

    @abstractmethod
    def lose(self) -> None:
        """Count a data record that could not be read."""

    @abstractmethod
    def close_block(self, values: list[Any], raw: bytes) -> list[Fault]:
        """Compare a trailer with what was read."""


def read_blocks(source: Source, rules: BlockRules[H, R]) -> Iterator[H | R | FileProblem]:
    """Yield headers, sound records and problems, in the file's order.

    A record with a structural fault is not yielded, only its problems; one with a fault of meaning
    is yielded before its problem.
    """
    previous = START
    line = 0
    for raw in split_records(source, rules.length, end_mark_allowed=rules.end_mark_allowed):
        if isinstance(raw, FileProblem):
            yield raw
            return
        line += 1
        kind = raw[:1]
        if kind not in KINDS:
            yield FileProblem(line, "file", 1, "kind", "unknown_record_kind", repr(kind))
            continue
        if kind not in MAY_FOLLOW[previous]:
            yield FileProblem(line, KINDS[kind], 1, "kind", "record_out_of_order", repr(kind))
        previous = kind
        if kind == DATA:
            yield from _data(raw, line, rules)
        else:
            yield from _frame(kind, raw, line, rules)
    if previous != END:
        code = _missing(previous)
        yield FileProblem(line, "file", None, "kind", code, "")


def _data(raw: bytes, line: int, rules: BlockRules[H, R]) -> Iterator[H | R | FileProblem]:
    rules.see(raw)
    image = raw.decode("latin-1")
    layout = rules.data_layout(image)
    values = layout.decode(image)
    if values is None:
        rules.lose()
        for fault in rules.diagnose(layout, image):
            yield fault.at(line, layout.name)
        return
    record, faults = rules.take(values, raw)
    if record is not None and not any(fault.structural for fault in faults):
        yield record
    for fault in faults:
        yield fault.at(line, layout.name)


def _frame(
    kind: bytes, raw: bytes, line: int, rules: BlockRules[H, R]
) -> Iterator[H | R | FileProblem]:
    """Take a header, trailer or end record."""
    layout = rules.layouts[kind]
    image = raw.decode("latin-1")
    if kind == HEADER:
        rules.begin()
        rules.see(raw)
    values = layout.decode(image)
    if values is None:
        faults = rules.diagnose(layout, image)
    elif kind == HEADER:
        header, faults = rules.open_block(values)
        if header is not None:
            yield header
    else:
        faults = rules.close_block(values, raw) if kind == TRAILER else []
    for fault in faults:
        yield fault.at(line, layout.name)


def _missing(previous: bytes) -> str:
    if previous == START:
        return "empty_file"
    return "missing_end_record" if previous == TRAILER else "missing_trailer"


def end_layout(length: int) -> RecordLayout:
    """Return the layout of the end record: `9` and spaces."""
    return RecordLayout("end", length, [constant("kind", 1, 1, "9"), filler(2, length)])


def demand_count(count: int) -> None:
    """Raise FileProblemError(too_many_records) beyond what a six-digit count can say."""
    if count > COUNT_MAX:
        raise FileProblemError("count", "too_many_records", count, line=count)


def encode_data(layout: RecordLayout, record: object, line: int) -> bytes:
    """Write a data record; the problem names which record of the file it was (1 = first data)."""
    demand_count(line)
    try:
        return layout.encode(record)
    except FileProblemError as problem:
        raise FileProblemError(problem.field, problem.code, problem.value, line=line) from None
