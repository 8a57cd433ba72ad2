"""Two passes over a conversion: first everything that is wrong, then the bytes, if nothing is.

Knows no format. Nothing is kept between the passes, in memory or elsewhere: the source is opened
twice, so a file of any length takes the same room, and no byte leaves a file that is refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Generic, TypeVar

from shared.files.blocks import demand_count
from shared.files.framing import Source
from shared.files.problems import FileProblem, FileProblemError, FileRefused

R = TypeVar("R")
OpenSource = Callable[[], Source]
Converted = Iterator[bytes | FileProblem]


def check_then_write(
    items: Callable[[], Iterable[R | FileProblem]],
    write: Callable[[Iterator[R]], Iterator[bytes]],
    *,
    proving: Callable[[], Iterable[R | FileProblem]] | None = None,
    empty_is_nothing: bool = False,
) -> Converted:
    """Yield every problem of a conversion first, then the converted file.

    1. `items` are made and written once, the bytes thrown away: all problems come out, those of
    the writer too. Where there are `proving` items, which have tried to write each record, they are
    made instead and only counted, and the writer is tried with no record: what it cannot write of
    header or trailer comes out all the same. 2. A structural problem: no byte. No record, with
    `empty_is_nothing`: no byte. 3. Otherwise `items` are made again and written. A source that has
    become bad meanwhile ends in FileRefused, after bytes that then are a torn file.
    """
    first = _FirstPass(proving or items)
    refused = False
    for problem in chain(
        _problems_of_frame(write) if proving else (),
        first.problems(_counted if proving else write),
    ):
        refused = refused or problem.structural
        yield problem
    if not refused and not (empty_is_nothing and first.records == 0):
        yield from write(_sound(items()))


def _problems_of_frame(write: Callable[[Iterator[R]], Iterator[bytes]]) -> Iterator[FileProblem]:
    try:
        for _ in write(iter(())):
            pass
    except FileProblemError as error:
        yield problem_of(error, error.line or 0, "output")


class _FirstPass(Generic[R]):
    """Counts the records of the first pass, and lets its problems out as they come."""

    def __init__(self, items: Callable[[], Iterable[R | FileProblem]]) -> None:
        self.records = 0
        self._items = items
        self._found: deque[FileProblem] = deque()

    def problems(self, write: Callable[[Iterator[R]], Iterator[bytes]]) -> Iterator[FileProblem]:
        try:
            for _ in write(self._taken()):
                while self._found:
                    yield self._found.popleft()
        except FileProblemError as error:
            yield from self._found
            yield problem_of(error, error.line or 0, "output")
            return
        yield from self._found

    def _taken(self) -> Iterator[R]:
        """Hand records on, until the file is known to be refused: then only problems count."""
        refused = False
        for item in self._items():
            if isinstance(item, FileProblem):
                refused = refused or item.structural
                self._found.append(item)
            elif not refused:
                self.records += 1
                yield item


def _counted(records: Iterator[R]) -> Iterator[bytes]:
    """Take the place of a writer whose records have all been tried: only their number is left."""
    for count, _ in enumerate(records, start=1):
        demand_count(count)
        yield b""


def _sound(items: Iterable[R | FileProblem]) -> Iterator[R]:
    for item in items:
        if not isinstance(item, FileProblem):
            yield item
        elif item.structural:
            raise FileRefused([item])


def problem_of(error: FileProblemError, line: int, record: str) -> FileProblem:
    """Return what a writer cannot write exactly as a problem of the record that asked for it."""
    return FileProblem(line, record, None, error.field, error.code, str(error.value)[:64])
