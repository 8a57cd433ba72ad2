"""An embedded PostgreSQL of the tests' own, and homes that are gone when a test ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.home import Home
from deploy.postgres import EmbeddedPostgres
from deploy.processes import ProcessBook, stop_processes

SERVICES = ("payment_provider", "card_agent")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory) -> Iterator[EmbeddedPostgres]:
    """Return a running server with the databases of two services."""
    home = Home(tmp_path_factory.mktemp("postgres") / "home")
    server = EmbeddedPostgres(home, durable=False)

    async def start() -> None:
        await server.start()
        await server.ensure_service_databases(SERVICES)

    try:
        asyncio.run(start())
        yield server
    finally:
        asyncio.run(server.stop())
        home.reset()


@pytest.fixture
def make_home(tmp_path: Path) -> Iterator[Callable[[str], Home]]:
    """Make homes whose processes are stopped, and whose folders are removed, in the end."""
    made: list[Home] = []

    def make(name: str = "home") -> Home:
        made.append(Home(tmp_path / name))
        return made[-1]

    yield make
    for home in made:
        records = [record for record in ProcessBook(home).records() if record.is_alive]
        stop_processes(home, records, grace_seconds=5)
        home.reset()
