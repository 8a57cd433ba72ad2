"""Every arrow of the payers' conversations, broken in every way that a network and a peer can.

After the jobs have run, all organisations, the banks and the payers agree to the yen. A world goes
from one test to the next, and before it ends all its money must have arrived (support/world.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.kit.arrow import AnyArrow
from tests.journeys.arrows import STORIES, Action, in_scope
from tests.support.agreement import agree_when_settled, walk_and_agree
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
