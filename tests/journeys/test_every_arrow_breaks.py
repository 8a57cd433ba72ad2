"""Every arrow of the payers' conversations, broken in every way that a network and a peer can.

After the jobs have run, all organisations, the banks and the payers agree to the yen. A world goes
from one test to the next; after a few that move files, and before it ends, all its money must have
arrived (support/worlds.py).
"""

from __future__ import annotations

import pytest

from tests.journeys.arrows import STORIES, in_scope
from tests.support.agreement import agree_when_settled
from tests.support.breakages import breakages


def test_every_arrow_has_a_story():
    assert STORIES.keys() == in_scope().keys()
    assert {name: story.arrow for name, story in STORIES.items()} == in_scope()


@pytest.mark.parametrize("name", sorted(STORIES))
async def test_after_any_breakage_all_books_agree_to_the_yen(worlds, name):
    story = STORIES[name]
    async with worlds.lend(name, moves_files=story.moves_files) as world:
        for action in story.actions:
            async for mishap in breakages(world, story.arrow, action):
                assert mishap.struck > 0, f"{action.name}: {name} was never asked"
        await agree_when_settled(world)
