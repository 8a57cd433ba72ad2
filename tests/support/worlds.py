"""Worlds that are lent to one test after the other, and how long their money is awaited.

Knows nothing of what happens in a world; how everybody must agree in the end is told by who lends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.databases import Databases
from tests.support.world import World, make_world

TOGETHER = 6
"""Tests that move files and whose money is awaited on one walk."""


@dataclass
class Worlds:
    """A world that is lent to one test after the other, and thrown away when a test fails in it.

    What one test leaves behind has been agreed upon, so the next may begin there. The money of
    several is awaited on one walk; if it does not arrive, all of them are named.
    """

    databases: Databases
    folder: Path
    demand_at_the_end: Callable[[World], Awaitable[None]]
    world: World | None = None
    made: int = 0
    since_the_walk: list[str] = field(default_factory=list)
    """What was done in the world since all its money had arrived."""
    waiting: int = 0
    """How many of these moved files, and wait for a walk."""

    @asynccontextmanager
    async def lend(self, purpose: str = "", *, moves_files: bool = False) -> AsyncIterator[World]:
        """Lend a world at rest; it comes back only if the test reaches its end.

        purpose: what is named when the walk after it fails; moves_files: days depend on it.
        """
        world, self.world = self.world or await self._make(), None
        self.since_the_walk.append(purpose)
        self.waiting += moves_files
        stays = False
        try:
            yield world
            stays = world.is_young
            if not stays or self.waiting == TOGETHER:
                await self._walk(world)
            self.world = world if stays else None
        finally:
            if self.world is None:
                await world.mesh.close()

    async def close(self) -> None:
        """End the world that nobody has borrowed: all its money must have arrived."""
        if self.world is None:
            return
        try:
            await self._walk(self.world)
        finally:
            await self.world.mesh.close()

    async def _walk(self, world: World) -> None:
        try:
            await self.demand_at_the_end(world)
        except BaseException as failed:
            failed.add_note("Since the last walk: " + ", ".join(filter(None, self.since_the_walk)))
            raise
        self.since_the_walk, self.waiting = [], 0

    async def _make(self) -> World:
        self.made += 1
        self.since_the_walk, self.waiting = [], 0
        folder = self.folder / f"world-{self.made}"
        folder.mkdir()
        return await make_world(self.databases, folder)
