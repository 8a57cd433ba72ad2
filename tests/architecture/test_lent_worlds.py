"""A walk that several tests await together names all of them when their money does not arrive."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.worlds import TOGETHER, Worlds


class _Lent(Worlds):
    """Worlds without a mesh, that count how often they were closed."""

    closed = 0

    async def _make(self) -> Any:
        self.since_the_walk, self.waiting = [], 0

        async def close() -> None:
            self.closed += 1

        return SimpleNamespace(is_young=True, mesh=SimpleNamespace(close=close))


def _worlds(walks: list[str], *, arrives: bool) -> _Lent:
    async def demand(_: object) -> None:
        walks.append("walked")
        assert arrives, "a yen is missing"

    return _Lent(None, None, demand)  # type: ignore[arg-type]


async def test_money_is_awaited_after_a_few_tests_and_before_a_world_ends():
    walks: list[str] = []
    worlds = _worlds(walks, arrives=True)
    for number in range(2 * TOGETHER):
        assert len(walks) == number // TOGETHER
        async with worlds.lend("reads only"):
            pass
        async with worlds.lend("moves files", moves_files=True):
            pass
    assert len(walks) == 2
    await worlds.close()
    assert (len(walks), worlds.closed) == (3, 1)


async def test_a_walk_that_fails_names_what_was_done_since_the_last_one():
    worlds = _worlds([], arrives=False)
    for number in range(TOGETHER - 1):
        async with worlds.lend(f"arrow {number}", moves_files=True):
            pass
    with pytest.raises(AssertionError, match="a yen is missing") as failed:
        async with worlds.lend("the last arrow", moves_files=True):
            pass
    (note,) = failed.value.__notes__
    assert note.startswith("Since the last walk: arrow 0, arrow 1, ")
    assert note.endswith(", the last arrow")
    assert (worlds.world, worlds.closed) == (None, 1)
