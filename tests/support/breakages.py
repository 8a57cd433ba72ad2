"""How a story is broken: in each way a network and a peer can fail, at each commit of a process.

Knows no conversation: stories of arrows stand in tests/journeys/.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.kit.arrow import AnyArrow
from shared.wire.doors import OPERATOR_ARROWS
from tests.support.deaths import Blow, Death
from tests.support.network import Kind, Mishap
from tests.support.world import World

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


async def nothing(world: World) -> None:
    """There is nothing to prepare."""


@dataclass(frozen=True)
class Action:
    """Something that somebody does; processes: the services whose commits are part of it."""

    name: str
    act: Callable[[World, Any], Awaitable[object]]
    prepare: Callable[[World], Awaitable[Any]] = nothing
    processes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """An arrow, and the occasions on which it flies; moves_files: whether days depend on it."""

    arrow: AnyArrow
    actions: tuple[Action, ...]
    moves_files: bool = False


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
    """Let an action happen whose arrow breaks in one way, and the world come to rest after it."""
    occasion = await action.prepare(world)
    mishap = world.net.break_arrow(arrow, kind, times=times, commit=commit)
    await action.act(world, occasion)
    mishap.times = 0
    await world.come_to_rest()
    return mishap


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


async def struck_in_turn(world: World, action: Action, process: str, blows: Sequence[Blow]) -> int:
    """Let an action happen with a blow at its first, second, ... commit, each another one."""
    commits = 0
    while (
        await with_death(world, action, process, blows[commits % len(blows)], commits + 1)
    ).struck:
        commits += 1
    return commits


async def with_death(world: World, action: Action, process: str, blow: Blow, commit: int) -> Death:
    """Let an action happen in whose course a process dies, and the world come to rest after it."""
    occasion = await action.prepare(world)
    death = world.deaths.plan(process, blow, commit)
    await action.act(world, occasion)
    world.deaths.forget(process)
    await world.come_to_rest()
    return death


def check_peers(service: str, peer: str) -> Callable[[World, Any], Awaitable[None]]:
    """Return what an operator does: look at a service's peers until all of them answer."""

    async def act(world: World, _: object) -> None:
        for _attempt in range(8):
            checks = (await world.mesh.access.operate(OPERATOR_ARROWS[service].peers)).checks
            if all(check.ok for check in checks if check.peer == peer):
                return
        raise AssertionError(checks)

    return act
