"""Fixtures of the whole suite: the database server, fresh databases, a clock that stands."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Iterator, Sequence
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
from tests.support.quickness import make_libraries_quick

# A property is shown a few examples each time and many by hand (--hypothesis-profile=deep). The
# machine may be slow, so no single example has a deadline.
settings.register_profile("suite", max_examples=10, deadline=None)
settings.register_profile("deep", max_examples=1000, deadline=None)
settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Set up logs as every service does; name the server's home before xdist's workers start."""
    set_up_logs("tests")
    hash_quickly()
    make_libraries_quick()
    gc.disable()  # until everything is collected
    if HOME_VARIABLE not in os.environ:
        config.stash[_SERVER] = SuiteServer.prepare()


@pytest.fixture(scope="session")
def _asyncio_loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Tests run on the event loop on which the services run, all of a worker's on one.

    In the place of pytest-asyncio's own, which would end the loop whenever a test that is no
    coroutine uses a fixture that is one.
    """

    def new_loop() -> asyncio.AbstractEventLoop:
        _LOOPS.append(uvloop.new_event_loop())
        return _LOOPS[-1]

    return new_loop


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """What a test began and has not awaited ends with it, though its loop goes on."""
    yield
    for loop in _LOOPS:
        if left := asyncio.all_tasks(loop):
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The heaviest files come first: no worker is left alone with one at the end."""
    places = {name: place for place, name in enumerate(HEAVIEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(HEAVIEST)))


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
HEAVIEST = (
    "test_the_walk",
    "test_every_arrow_breaks",
    "test_payeasy_arrows_break",
    "test_processes_die",
    "test_remittances",
    "test_demo_stopped",
    "test_mesh_bank",
    "test_mesh_command",
    "test_no_card_number_is_at_rest",
    "test_database_restarts",
    "test_payeasy_banks",
    "test_payeasy_agreement_sees",
    "test_random_interleavings",
    "test_schemathesis",
    "test_bench_payeasy",
    "test_agreement_sees",
    "test_one_slip_two_hundred_times",
)
_SERVER = pytest.StashKey[SuiteServer]()
_LOOPS: list[asyncio.AbstractEventLoop] = []


@pytest_asyncio.fixture(scope="session")
async def shelf():
    """The empty databases that this worker keeps between tests, and the connections to them."""
    made = Shelf(asyncio.get_running_loop())
    yield made
    await made.close()


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
