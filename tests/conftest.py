"""Fixtures of the whole suite: the database server, fresh databases, a clock that stands."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.home import Home
from deploy.postgres import EmbeddedPostgres
from shared.kit.clock import MeshClock
from shared.kit.logs import set_up_logs
from tests.support.databases import (
    HOME_VARIABLE,
    Databases,
    Shelf,
    SuiteServer,
    start_server,
)
from tests.support.mesh import make_mesh


class _Started:
    """The server, in the process that started it: the first test that needs it, or xdist's head."""

    server: SuiteServer | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Set up logs as every service does; start the server before xdist's workers start."""
    set_up_logs("tests")
    if getattr(config.option, "numprocesses", None) and HOME_VARIABLE not in os.environ:
        _Started.server = start_server()


def pytest_unconfigure() -> None:
    """Stop the server in the process that started it."""
    if _Started.server is not None:
        _Started.server.stop()
        _Started.server = None


@pytest.fixture(scope="session")
def database_server() -> tuple[Home, EmbeddedPostgres]:
    """The running server, started here unless a controlling process did."""
    if HOME_VARIABLE not in os.environ:
        _Started.server = start_server()
    if _Started.server is not None:
        return _Started.server.home, _Started.server.server
    home = Home(Path(os.environ[HOME_VARIABLE]))
    server = EmbeddedPostgres(home, durable=False)
    asyncio.run(server.start())
    return home, server


@pytest.fixture(scope="session")
def shelf() -> Shelf:
    """The empty databases that this worker keeps between tests."""
    return Shelf()


@pytest_asyncio.fixture
async def databases(database_server, shelf):
    """Empty databases of the services: `engine = await databases.engine("card_agent")`."""
    home, server = database_server
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    made = Databases(home, server, worker, shelf)
    yield made
    await made.close()


@pytest.fixture
def clock() -> MeshClock:
    """A frozen business clock: Monday 2 June 2025, 10:00 in Tokyo."""
    return MeshClock(datetime(2025, 6, 2, 1, 0, tzinfo=UTC))


@pytest_asyncio.fixture
async def mesh(databases, tmp_path):
    """All four organisations over the test network, on fresh databases."""
    made = await make_mesh(databases, tmp_path)
    yield made
    await made.close()
