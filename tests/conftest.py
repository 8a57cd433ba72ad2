"""Fixtures of the whole suite: the database server, fresh databases, a clock that stands."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import fastapi.dependencies.models
import pytest
import pytest_asyncio
import uvloop
from hypothesis import settings

from deploy.home import Home
from deploy.postgres import EmbeddedPostgres
from shared.kit.clock import MeshClock
from shared.kit.logs import set_up_logs
from tests.support.databases import HOME_VARIABLE, Databases, Shelf, SuiteServer
from tests.support.mesh import make_mesh
from tests.support.passwords import hash_quickly

# A property is shown a few examples each time and many by hand (--hypothesis-profile=deep). The
# machine may be slow, so no single example has a deadline.
settings.register_profile("suite", max_examples=10, deadline=None)
settings.register_profile("deep", max_examples=1000, deadline=None)
settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Set up logs as every service does; name the server's home before xdist's workers start."""
    set_up_logs("tests")
    hash_quickly()
    gc.disable()  # until everything is collected
    if HOME_VARIABLE not in os.environ:
        config.stash[_SERVER] = SuiteServer.prepare()


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Any]:
    """Tests run on the event loop on which the services run."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported and collected stays: the collector of garbage need not look at it again."""
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_kept_of_applications() -> Iterator[None]:
    """FastAPI remembers 4,096 endpoints, and through them all that stands behind their doors."""
    yield
    for remembered in vars(fastapi.dependencies.models).values():
        if hasattr(remembered, "cache_clear"):
            remembered.cache_clear()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: Sequence[str]) -> None:
    """Start the server before xdist's workers begin, if they have a test that needs it."""
    if not all(test.startswith(WITHOUT_DATABASE) for test in ids):
        node.config.stash[_SERVER].start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, if a test needed one, in the process that named its home."""
    if _SERVER in config.stash:
        config.stash[_SERVER].stop()


@pytest.fixture(scope="session")
def database_server(request) -> tuple[Home, EmbeddedPostgres]:
    """The running server of all workers; without workers the first test that needs it starts it."""
    suite = request.config.stash.get(_SERVER, None) or SuiteServer.named()
    suite.start()
    return suite.home, suite.server


GARBAGE_THRESHOLD = 20_000
"""Objects made until the collector looks for garbage: by default 700, which costs a test dearly."""
WITHOUT_DATABASE = ("tests/unit/", "tests/architecture/")
_SERVER = pytest.StashKey[SuiteServer]()


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
