"""What is wrong with a file: every problem with its place, and the refusal that carries them all.

Knows no format and no door. A problem's `value` may be personal data: it is shown to the clerk who
may see the file, and never logged (DESIGN rule 15); `place` is what a log may carry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

H = TypeVar("H")
R = TypeVar("R")

VALUE_SHOWN_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing that is wrong.

    `line` counts records (or CSV lines) from 1, 0 means the file as a whole; `record` names the
    kind of record; `position` is the first byte of the field, 1-based (the column number in a
    CSV), or None; `structural` means that the file must be refused as a whole (DESIGN rule 7).
    """

    line: int
    record: str
    position: int | None
    field: str
    code: str
    value: str
    structural: bool = True

    @property
    def place(self) -> str:
        """Where and what, without the value: fit for a log."""
        where = f"line {self.line} {self.record}"
        if self.position is not None:
            where += f" position {self.position}"
        return f"{where} {self.field}: {self.code}"


@dataclass(frozen=True, slots=True)
class InputProblem(FileProblem):
    """A problem of one of several inputs; `source` is what that input is called."""

    source: str = ""

    @classmethod
    def of(cls, problem: FileProblem, source: str) -> InputProblem:
        """Say of which input a problem is; one that says so already stays as it is."""
        if isinstance(problem, InputProblem):
            return problem
        said = {each.name: getattr(problem, each.name) for each in fields(problem)}
        return cls(**said, source=source)


class Fault(NamedTuple):
    """A problem inside one record, before anybody has said which record of the file it was."""

    position: int | None
    field: str
    code: str
    value: str
    structural: bool = True

    def at(self, line: int, record: str) -> FileProblem:
        """Say where in the file it is; an overlong value is shown by its beginning."""
        shown = self.value[:VALUE_SHOWN_CHARACTERS]
        return FileProblem(
            line, record, self.position, self.field, self.code, shown, self.structural
        )


class FileProblemError(ValueError):
    """A value that a writer cannot write exactly; names the record, the field and the code."""

    def __init__(self, field: str, code: str, value: object, *, line: int | None = None) -> None:
        self.field = field
        self.code = code
        self.value = value
        self.line = line
        place = "" if line is None else f"record {line}: "
        super().__init__(f"{place}{field}: {code}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Be copied with all four parts: an exception alone would keep its message only."""
        return partial(type(self), line=self.line), (self.field, self.code, self.value)


class FileRefused(Exception):  # noqa: N818 - named as a fact
    """A file is refused as a whole; `problems` holds all of them, structural or not."""

    code = "file_refused"

    def __init__(self, problems: Iterable[FileProblem]) -> None:
        self.problems = tuple(problems)
        structural = [problem for problem in self.problems if problem.structural]
        first = (structural or list(self.problems))[0].place if self.problems else "no problem"
        super().__init__(f"{len(self.problems)} problems, first: {first}")


class LoadedFile(NamedTuple, Generic[H, R]):
    """A whole file in memory: its header (None if unreadable), its sound records, its problems."""

    header: H | None
    records: list[R]
    problems: list[FileProblem]


def refuse_if_structural(problems: Iterable[FileProblem]) -> None:
    """Raise FileRefused with *all* problems if one of them is structural."""
    kept = tuple(problems)
    if any(problem.structural for problem in kept):
        raise FileRefused(kept)


def load_items(
    items: Iterator[H | R | FileProblem], header_type: type[H], record_type: type[R]
) -> LoadedFile[H, R]:
    """Gather a streaming reader's items; a second header is a structural problem here.

    A day file has one block. Who must take several blocks uses the streaming reader.
    """
    header: H | None = None
    records: list[R] = []
    problems: list[FileProblem] = []
    seen = 0
    for item in items:
        if isinstance(item, record_type):
            records.append(item)
        elif isinstance(item, FileProblem):
            problems.append(item)
        elif isinstance(item, header_type):
            seen += 1
            header = header if seen > 1 else item
    if seen > 1:
        problems.append(FileProblem(0, "file", None, "header", "several_blocks", str(seen)))
    return LoadedFile(header, records, problems)


def load_rows(names: list[str], items: Iterator[R | FileProblem]) -> LoadedFile[list[str], R]:
    """Gather a CSV reader's items; the header is the list of column names."""
    records: list[R] = []
    problems: list[FileProblem] = []
    for item in items:
        if isinstance(item, FileProblem):
            problems.append(item)
        else:
            records.append(item)
    header_read = not any(problem.field == "header" for problem in problems)
    return LoadedFile(names if header_read else None, records, problems)
