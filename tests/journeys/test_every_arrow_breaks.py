"""Every arrow of the payers' conversations, broken in every way; every process, dead at any commit.

After the jobs have run, all organisations, the banks and the payers agree to the yen. A world goes
from one test to the next, and before it ends all its money must have arrived (support/world.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from shared.kit.arrow import AnyArrow
from tests.journeys.arrows import MORNING, MORTAL_ACTIONS, STORIES, Action, in_scope
from tests.support.agreement import agree_when_settled, walk_and_agree
from tests.support.deaths import BLOWS, Blow, Death
from tests.support.network import Kind, Mishap
from tests.support.world import World

in_one_loop = pytest.mark.asyncio(loop_scope="module")

LONG = 4
"""Calls: more than anybody tries within one request, so that some end as not done."""
WAYS: tuple[tuple[Kind, int], ...] = (
    ("question_lost", 1),
    ("answer_lost", 1),
    ("delayed", 1),
    ("reordered", 1),
    ("repeated", 1),
    ("overloaded", LONG),
    ("peer_down", LONG),
)
MORNING_BLOWS: tuple[Blow, ...] = ("killed_before", "database_lost_after")


def test_every_arrow_has_a_story():
    assert STORIES.keys() == in_scope().keys()
    assert {name: story.arrow for name, story in STORIES.items()} == in_scope()


@in_one_loop
@pytest.mark.parametrize("name", sorted(STORIES))
async def test_after_any_breakage_all_books_agree_to_the_yen(worlds, name):
    story = STORIES[name]
    async with worlds.lend() as world:
        for action in story.actions:
            async for mishap in breakages(world, story.arrow, action):
                assert mishap.struck > 0, f"{action.name}: {name} was never asked"
        await agree_when_settled(world)
        if story.moves_files:
            await walk_and_agree(world)


async def breakages(world: World, arrow: AnyArrow, action: Action) -> AsyncIterator[Mishap]:
    """Let an action happen once for each way in which its arrow can break, and yield each way."""
    ways = [*WAYS, ("certificate_ended", LONG)] if arrow.door != "payers" else WAYS
    for kind, times in ways:
        yield await broken(world, arrow, action, kind, times=times)
    commits = 0
    while (
        mishap := await broken(world, arrow, action, "killed_after_commit", commits + 1)
    ).reached:
        commits += 1
        yield mishap
    yield mishap  # it died as its answer left
    for commit in range(1, commits + 1):
        yield await broken(world, arrow, action, "killed_before_commit", commit)


async def broken(
    world: World, arrow: AnyArrow, action: Action, kind: Kind, commit: int = 1, *, times: int = 1
) -> Mishap:
    occasion = await action.prepare(world)
    mishap = world.net.break_arrow(arrow, kind, times=times, commit=commit)
    await action.act(world, occasion)
    mishap.times = 0
    await world.come_to_rest()
    return mishap


DEATHS = [(action, process) for action in MORTAL_ACTIONS for process in action.processes]


@in_one_loop
@pytest.mark.parametrize(
    ("action", "process"), DEATHS, ids=[f"{a.name} - {p}".replace(" ", "_") for a, p in DEATHS]
)
async def test_a_process_that_dies_at_any_commit_of_a_payment_doubles_nothing(
    worlds, action, process
):
    async with worlds.lend() as world:
        assert await struck_at_every_commit(world, action, process, BLOWS) > 0
        await agree_when_settled(world)


@in_one_loop
@pytest.mark.parametrize("process", MORNING.processes)
async def test_a_process_that_dies_at_any_commit_of_a_morning_loses_nothing(worlds, process):
    async with worlds.lend() as world:
        assert await struck_at_every_commit(world, MORNING, process, MORNING_BLOWS) > 0
        await walk_and_agree(world)


async def struck_at_every_commit(
    world: World, action: Action, process: str, blows: Sequence[Blow]
) -> int:
    """Let an action happen with each blow at its first, second, ... commit; return how many."""
    commits = 0
    while (await with_death(world, action, process, blows[0], commits + 1)).struck:
        commits += 1
    for blow in blows[1:]:
        for commit in range(1, commits + 1):
            assert (await with_death(world, action, process, blow, commit)).struck
    return commits


async def with_death(world: World, action: Action, process: str, blow: Blow, commit: int) -> Death:
    occasion = await action.prepare(world)
    death = world.deaths.plan(process, blow, commit)
    await action.act(world, occasion)
    world.deaths.forget(process)
    await world.come_to_rest()
    return death
