"""Progress bars on stderr, one per stage; on a pipe only their last state is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from deploy.cli.console import ERRORS


class Stages:
    """A progress bar per stage."""

    def __init__(self, progress: Progress) -> None:
        """Draw on this display."""
        self._progress = progress
        self._task: TaskID | None = None

    def stage(self, name: str, total: int) -> None:
        """Begin a stage; the one before it is full."""
        self.finish()
        self._task = self._progress.add_task(name, total=total)

    def step(self, count: int = 1) -> None:
        """Take steps in the current stage."""
        if self._task is not None:
            self._progress.advance(self._task, count)

    def finish(self) -> None:
        """Fill the current stage's bar."""
        if self._task is not None:
            task = self._progress.tasks[self._task]
            self._progress.update(self._task, completed=task.total or 0)


@contextmanager
def showing_stages() -> Iterator[Stages]:
    """Show bars while the block runs; only a block that ends well fills its last bar."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=ERRORS, refresh_per_second=4) as display:
        stages = Stages(display)
        yield stages
        stages.finish()
