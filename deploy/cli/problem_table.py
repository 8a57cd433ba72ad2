"""Problems of a file as a clerk reads them: what is wrong and where, Japanese first.

Shows values, which may be personal data: to the clerk who holds the file, never to a log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from shared.files.problems import FileProblem

# Wide enough on a pipe, where nobody's screen says how wide it is.
WIDTH_ON_A_PIPE = 200


@dataclass
class ProblemList:
    """Counts every problem and keeps the first ones: a file may have a million."""

    limit: int
    count: int = 0
    structural: bool = False
    kept: list[FileProblem] = field(default_factory=list)

    def add(self, problem: FileProblem) -> None:
        """Take note of a problem."""
        self.count += 1
        self.structural = self.structural or problem.structural
        if len(self.kept) < self.limit:
            self.kept.append(problem)

    def add_all(self, problems: Iterable[FileProblem]) -> ProblemList:
        """Take note of several."""
        for problem in problems:
            self.add(problem)
        return self

    def as_list(self) -> list[dict[str, Any]]:
        """Return what --json says of each problem that was kept."""
        from shared.files.explanations import explanation_of

        listed = []
        for problem in self.kept:
            sentence = explanation_of(problem.code)
            listed.append(
                asdict(problem) | {"japanese": sentence.japanese, "english": sentence.english}
            )
        return listed

    def show(self, console: Console) -> None:
        """Print the table, and how many problems are not in it."""
        on_screen = console.is_terminal
        drawn_on = console if on_screen else Console(width=WIDTH_ON_A_PIPE, stderr=console.stderr)
        drawn_on.print(_table(self.kept))
        hidden = self.count - len(self.kept)
        if hidden:
            more = f"ほかに{hidden:,}件の問題があります。 {hidden:,} more problems (--limit)."
            console.print(more, highlight=False, soft_wrap=True)


def _table(problems: Sequence[FileProblem]) -> Table:
    from shared.files.explanations import explanation_of
    from shared.files.field_names import field_name_of, record_name_of
    from shared.files.problems import InputProblem

    table = Table(show_lines=True, pad_edge=False)
    several = any(isinstance(problem, InputProblem) for problem in problems)
    of_input = ("ファイル file",) if several else ()
    for heading in (*of_input, "行 line", "項目 field", "値 value", "問題", "What is wrong"):
        table.add_column(heading, overflow="fold")
    for problem in problems:
        sentence = explanation_of(problem.code)
        place = "" if problem.position is None else f" @{problem.position}"
        goes_on = "" if problem.structural else " (the file goes on)"
        source = problem.source if isinstance(problem, InputProblem) else ""
        cells = (
            *((source,) if several else ()),
            f"{problem.line or '-'} {record_name_of(problem.record)}",
            f"{field_name_of(problem.field)} {problem.field}{place}",
            problem.value,
            sentence.japanese,
            f"{sentence.english} {problem.code}{goes_on}",
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table
