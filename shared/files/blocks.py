"""The order of records in every Zengin-shaped file: 1 header, 2 data, 8 trailer, 9 end.

Knows the order, counts lines and gathers problems; what a record says is known by its format.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from shared.files.framing import Run, Source, split_runs
from shared.files.layout import RecordLayout, constant, filler
from shared.files.problems import Fault, FileProblem, FileProblemError

if TYPE_CHECKING:
    from shared.files.columns import Columns

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
    """What one format adds: its layouts, its records, and the sums of the block being read.

    `take`, `see` and the layouts say all that is right and wrong. `run_layout`, `see_run` and
    `take_run` may say the same of many sound records at once (decision 0015); a format that leaves
    them out is read rightly, only more slowly.
    """

    layouts: ClassVar[dict[bytes, RecordLayout]]
    length: ClassVar[int]
    end_mark_allowed: ClassVar[bool] = False
    # Below this many data records in a row it is quicker to read them one by one (measured).
    run_min: ClassVar[int] = 64

    def data_layout(self, image: str) -> RecordLayout:
        """Return the layout of a data record, where a format has more than one."""
        return self.layouts[DATA]

    def run_layout(self, run: Run) -> RecordLayout | None:
        """Return the layout of all of a run's data records; None if they must be asked singly."""
        asks_each = type(self).data_layout is not BlockRules.data_layout
        return None if asks_each else self.layouts[DATA]

    def see(self, raw: bytes) -> None:
        """Take note of a header's or data record's bytes, in order (for hashes over the file)."""

    def see_run(self, run: Run) -> None:
        """Take note of many data records' bytes, as `see` does one by one."""
        if type(self).see is not BlockRules.see:
            for raw in run:
                self.see(raw)

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

    def take_run(self, columns: Columns) -> list[R] | None:
        """Take a whole run if `take` would find no fault in it; otherwise change nothing: None."""
        return None

    @abstractmethod
    def lose(self) -> None:
        """Count a data record that could not be read."""

    @abstractmethod
    def close_block(self, values: list[Any], raw: bytes) -> list[Fault]:
        """Compare a trailer with what was read."""


def read_blocks(source: Source, rules: BlockRules[H, R]) -> Iterator[H | R | FileProblem]:
    """Yield headers, sound records and problems, in the file's order.

    A record with a structural fault is not yielded, only its problems; one with a fault of meaning
    is yielded before its problem. What is read ahead of what is yielded is one run at most.
    """
    reading = _Reading(rules)
    for run in split_runs(source, rules.length, end_mark_allowed=rules.end_mark_allowed):
        if isinstance(run, FileProblem):
            yield run
            return
        for part in reading.parts(run):
            yield from part
    if reading.previous != END:
        yield FileProblem(reading.line, "file", None, "kind", _missing(reading.previous), "")


class _Reading(Generic[H, R]):
    """Where a reader is: the line, and the kind of record that stood there."""

    def __init__(self, rules: BlockRules[H, R]) -> None:
        self.rules = rules
        self.line = 0
        self.previous = START

    def parts(self, run: Run) -> Iterator[Iterable[H | R | FileProblem]]:
        """Give the items of a run: data records together where many follow one another."""
        kinds = run.first_bytes
        place = 0
        while place < len(kinds):
            end = place + self._data_records(kinds, place)
            if end - place < self.rules.run_min:
                end = max(end, place + 1)
                yield self._singly(run.part(place, end))
            else:
                yield from self._together(run.part(place, end))
            place = end

    def _data_records(self, kinds: bytes, place: int) -> int:
        """Count the data records from here on that stand where data records may stand."""
        if DATA not in MAY_FOLLOW[self.previous]:
            return 0
        return len(kinds) - place - len(kinds[place:].lstrip(DATA))

    def _together(self, run: Run) -> Iterator[Iterable[H | R | FileProblem]]:
        """Take data records at once; what keeps that from being done is looked at more closely."""
        layout = self.rules.run_layout(run)
        columns = None if layout is None else _columns(layout, run)
        half = len(run) // 2
        if layout is not None and columns is not None:
            yield self._take(layout, columns)
        elif layout is None or half < self.rules.run_min:
            yield self._singly(run)
        else:
            yield from self._together(run.part(0, half))
            yield from self._together(run.part(half, len(run)))

    def _take(self, layout: RecordLayout, columns: Columns) -> Sequence[H | R | FileProblem]:
        """Take data records whose fields are sound: all at once, or else each by the rules."""
        records = self.rules.take_run(columns)
        self.previous = DATA
        if records is not None:
            self.rules.see_run(columns.run)
            self.line += len(records)
            return records
        items: list[H | R | FileProblem] = []
        for values, raw in zip(columns.rows(), columns.run, strict=True):
            self.line += 1
            self.rules.see(raw)
            items += self._judged(layout, *self.rules.take(values, raw))
        return items

    def _singly(self, run: Run) -> list[H | R | FileProblem]:
        """Take records of any kind one by one."""
        items: list[H | R | FileProblem] = []
        for raw in run:
            self.line += 1
            kind = raw[:1]
            if kind not in KINDS:
                items.append(self._kind_problem("file", "unknown_record_kind", kind))
                continue
            if kind not in MAY_FOLLOW[self.previous]:
                items.append(self._kind_problem(KINDS[kind], "record_out_of_order", kind))
            self.previous = kind
            items += self._data(raw) if kind == DATA else self._frame(kind, raw)
        return items

    def _data(self, raw: bytes) -> list[H | R | FileProblem]:
        rules = self.rules
        rules.see(raw)
        image = raw.decode("latin-1")
        layout = rules.data_layout(image)
        values = layout.decode(image)
        if values is not None:
            return self._judged(layout, *rules.take(values, raw))
        rules.lose()
        return [fault.at(self.line, layout.name) for fault in rules.diagnose(layout, image)]

    def _frame(self, kind: bytes, raw: bytes) -> list[H | R | FileProblem]:
        """Take a header, trailer or end record."""
        rules, layout = self.rules, self.rules.layouts[kind]
        image = raw.decode("latin-1")
        header: H | None = None
        if kind == HEADER:
            rules.begin()
            rules.see(raw)
        values = layout.decode(image)
        if values is None:
            faults = rules.diagnose(layout, image)
        elif kind == HEADER:
            header, faults = rules.open_block(values)
        else:
            faults = rules.close_block(values, raw) if kind == TRAILER else []
        problems = [fault.at(self.line, layout.name) for fault in faults]
        return [*problems] if header is None else [header, *problems]

    def _judged(
        self, layout: RecordLayout, record: R | None, faults: Sequence[Fault]
    ) -> list[H | R | FileProblem]:
        """Return a record, unless a fault of its is structural, and its problems."""
        problems = [fault.at(self.line, layout.name) for fault in faults]
        if record is None or any(fault.structural for fault in faults):
            return [*problems]
        return [record, *problems]

    def _kind_problem(self, record: str, code: str, kind: bytes) -> FileProblem:
        return FileProblem(self.line, record, 1, "kind", code, repr(kind))


def _columns(layout: RecordLayout, run: Run) -> Columns | None:
    """Read a run's fields as columns; None if any field of any record is wrong."""
    # numpy takes 0.1 s to import, and short files do without it.
    from shared.files.columns import columns_of  # noqa: PLC0415

    return columns_of(layout, run)


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
