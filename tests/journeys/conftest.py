"""A world of the journeys, kept from one test of a module to the next."""

from __future__ import annotations

import os

import pytest_asyncio

from tests.support.agreement import walk_and_agree
from tests.support.databases import Databases
from tests.support.worlds import Worlds


@pytest_asyncio.fixture(scope="module")
async def worlds(database_server, shelf, tmp_path_factory):
    """Worlds in which everything can break, one at a time: `async with worlds.lend() as world`."""
    home, server = database_server
    databases = Databases(home, server, os.environ.get("PYTEST_XDIST_WORKER", "main"), shelf)
    made = Worlds(databases, tmp_path_factory.mktemp("worlds"), walk_and_agree)
    yield made
    await made.close()
    await databases.close()
