"""What every command understands: --home, --json, and what a killed mesh left behind.

Nothing heavy is imported before it is needed, so that `--help` is quick.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
import uvloop

from deploy.cli.complaints import NotRunningError
from deploy.cli.console import ERRORS

if TYPE_CHECKING:
    from deploy.home import Home
    from deploy.installation import Installation
    from simulation.access import Access
    from simulation.books import Books

R = TypeVar("R")
DEMO = "demo"
OUTSIDE_BOOKS = "outside.sqlite"
OUTSIDE_STATE = "outside.json"

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        help="Where the mesh keeps everything it makes.",
        envvar="MESH_HOME",
        show_default=".mesh",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for scripts.")]


def home_of(option: Path | None) -> Home:
    """Return the home, after stopping what a killed mesh left behind in it, and saying so."""
    from deploy.home import Home
    from deploy.processes import stop_leftovers

    home = Home.from_options(option, os.environ)
    for each in (home, Home(home.path / DEMO)):
        if not each.path.is_dir():
            continue
        for name in stop_leftovers(each):
            ERRORS.print(f"Stopped {name}, left behind by a mesh that was killed.", highlight=False)
    return home


def remove_home(home: Home) -> list[Path]:
    """Remove everything that was made in a home, the results of its demo included.

    Its processes must have been stopped. A home that is not ours is NotOursError.
    """
    from deploy.cli.results import remove_results
    from deploy.home import Home

    removed = [path for place in (Home(home.path / DEMO), home) for path in remove_results(place)]
    return [*removed, *home.reset()]


def with_access(
    option: Path | None, work: Callable[[Installation, Access, Books], Awaitable[R]]
) -> R:
    """Run a piece of work against the mesh of a home that is up; NotRunningError if it is not."""
    from deploy.connections import access_to
    from deploy.installation import Installation
    from deploy.supervisor import running_supervisor
    from simulation.books import Books

    home = home_of(option)
    if running_supervisor(home) is None or not home.secret("ports.json").exists():
        raise NotRunningError

    async def run() -> R:
        installation = Installation(home)
        access = access_to(installation)
        books = Books(home.path / OUTSIDE_BOOKS)
        try:
            return await work(installation, access, books)
        finally:
            books.close()
            await access.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())
