"""Every arrow of Pay-easy, broken in every way, and every process that dies in its course.

After each, banks and centre agree. After a few of them, when the jobs of some days have run, the
banks, the centre, the ward and its account agree to the yen, nothing is under way for ever, and
every slip stands at the centre as it was printed (support/worlds.py walks).
"""

from __future__ import annotations

import os

import pytest
import pytest_asyncio

from tests.journeys.payeasy_arrows import MORTAL_ACTIONS, STORIES, in_scope
from tests.support.breakages import breakages, struck_at_every_commit
from tests.support.databases import Databases
from tests.support.deaths import BLOWS
from tests.support.payeasy_agreement import agree_when_told, walk_until_paid_and_agree
from tests.support.world import World
from tests.support.worlds import Worlds

DEATHS = [(action, process) for action in MORTAL_ACTIONS for process in action.processes]


class PayeasyWorlds(Worlds):
    """Worlds that begin on the morning on which the centre's keys are in effect."""

    async def _make(self) -> World:
        world = await super()._make()
        await world.next_morning()
        return world


@pytest_asyncio.fixture(scope="module")
async def worlds(database_server, shelf, tmp_path_factory):
    """Worlds in which everything can break, one at a time."""
    home, server = database_server
    databases = Databases(home, server, os.environ.get("PYTEST_XDIST_WORKER", "main"), shelf)
    folder = tmp_path_factory.mktemp("payeasy-worlds")
    made = PayeasyWorlds(databases, folder, walk_until_paid_and_agree)
    yield made
    await made.close()
    await databases.close()


def test_every_arrow_of_payeasy_has_a_story():
    assert {name: story.arrow for name, story in STORIES.items()} == in_scope()


@pytest.mark.parametrize("name", sorted(STORIES))
async def test_after_any_breakage_banks_centre_ward_and_account_agree(worlds, name):
    story = STORIES[name]
    async with worlds.lend(name, moves_files=True) as world:
        for action in story.actions:
            async for mishap in breakages(world, story.arrow, action):
                assert mishap.struck > 0, f"{action.name}: {name} was never asked"
        await agree_when_told(world)


@pytest.mark.parametrize(
    ("action", "process"), DEATHS, ids=[f"{a.name} - {p}".replace(" ", "_") for a, p in DEATHS]
)
async def test_a_process_that_dies_at_any_commit_loses_and_doubles_nothing(worlds, action, process):
    async with worlds.lend(f"{action.name} - {process}", moves_files=True) as world:
        assert await struck_at_every_commit(world, action, process, BLOWS) > 0
        await agree_when_told(world)
