"""What every command understands: --home, --json, and what a killed mesh left behind."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from deploy.cli.console import ERRORS
from deploy.connections import access_to
from deploy.home import Home
from deploy.installation import Installation
from deploy.processes import stop_leftovers
from simulation.access import Access
from simulation.books import Books

R = TypeVar("R")
DEMO = "demo"

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Where the mesh keeps everything it makes.", envvar="MESH_HOME"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for scripts.")]


class NotRunningError(RuntimeError):
    """The mesh of this home is not running: `mesh up` starts it."""


def home_of(option: Path | None) -> Home:
    """Return the home, after stopping what a killed mesh left behind in it, and saying so."""
    home = Home.from_options(option, os.environ)
    for each in (home, Home(home.path / DEMO)):
        if not each.path.is_dir():
            continue
        for name in stop_leftovers(each):
            ERRORS.print(f"Stopped {name}, left behind by a mesh that was killed.", highlight=False)
    return home


def with_access(
    option: Path | None, work: Callable[[Installation, Access, Books], Awaitable[R]]
) -> R:
    """Run a piece of work against the mesh of a home that is up."""
    home = home_of(option)
    installation = Installation(home)
    if not home.secret("ports.json").exists():
        raise NotRunningError

    async def run() -> R:
        access = access_to(installation)
        books = Books(home.path / "outside.sqlite")
        try:
            return await work(installation, access, books)
        finally:
            books.close()
            await access.close()

    return asyncio.run(run())
