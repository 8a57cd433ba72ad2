"""The clock's row: moved to an absolute instant, never backwards, and read anew by other copies."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from shared.kit.clock import ClockMode, ClockMovedBackwards, MeshClock, machine_now
from shared.kit.clock_row import move_clock, read_clock
from tests.integration.shared.kit.things import TABLES

CLOCK = TABLES.clock
MONDAY = datetime(2025, 6, 2, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def move(engine, clock):
    """How the clock of one service is moved."""

    async def to(
        instant: datetime, mode: ClockMode = ClockMode.FROZEN, at: MeshClock = clock
    ) -> bool:
        return await move_clock(engine, CLOCK, at, instant, mode)

    return to


async def set_two_hours_ago(engine) -> None:
    async with engine.begin() as connection:
        await connection.execute(update(CLOCK).values(set_at=machine_now() - 2 * HOUR))


async def test_a_move_forwards_is_stored_and_taken(move, clock, ward):
    assert await move(MONDAY + HOUR)
    assert clock.now() == MONDAY + HOUR
    [row] = await ward.rows(CLOCK)
    assert (row.id, row.instant, row.mode) == (1, MONDAY + HOUR, "frozen")


async def test_the_same_instant_again_is_fine_and_changes_nothing(move, clock, ward):
    await move(MONDAY)
    before = await ward.rows(CLOCK)
    assert not await move(MONDAY)
    assert await ward.rows(CLOCK) == before
    assert clock.now() == MONDAY


async def test_backwards_is_refused_and_changes_nothing(move, clock, ward):
    await move(MONDAY)
    before = await ward.rows(CLOCK)
    for mode in ClockMode:
        with pytest.raises(ClockMovedBackwards):
            await move(MONDAY - timedelta(microseconds=1), mode)
    assert await ward.rows(CLOCK) == before
    assert clock.now() == MONDAY


async def test_another_copy_reads_where_the_clock_stands(move, engine):
    await move(MONDAY + HOUR)
    copy = MeshClock(MONDAY)
    await read_clock(engine, CLOCK, copy)
    assert copy.now() == MONDAY + HOUR


async def test_a_clock_that_was_never_set_stays_where_it_stands(engine):
    copy = MeshClock(MONDAY)
    await read_clock(engine, CLOCK, copy)
    assert copy.now() == MONDAY


async def test_a_copy_that_repeats_a_move_takes_what_is_stored(move):
    await move(MONDAY + HOUR)
    late = MeshClock(MONDAY)
    assert not await move(MONDAY + HOUR, at=late)
    assert late.now() == MONDAY + HOUR


async def test_a_copy_that_stands_behind_cannot_move_the_row_backwards(move):
    await move(MONDAY + 2 * HOUR)
    late = MeshClock(MONDAY)
    with pytest.raises(ClockMovedBackwards):
        await move(MONDAY + HOUR, at=late)


async def test_a_running_clock_goes_on(move, engine):
    await move(MONDAY, ClockMode.RUNNING)
    await set_two_hours_ago(engine)
    copy = MeshClock(MONDAY)
    await read_clock(engine, CLOCK, copy)
    assert MONDAY + 2 * HOUR <= copy.now() < MONDAY + 3 * HOUR


async def test_a_running_clock_that_is_started_again_goes_on_and_does_not_jump_back(move, engine):
    await move(MONDAY, ClockMode.RUNNING)
    await set_two_hours_ago(engine)
    copy = MeshClock(MONDAY)
    assert not await move(MONDAY, ClockMode.RUNNING, at=copy)
    assert copy.now() >= MONDAY + 2 * HOUR


@pytest.mark.parametrize("mode", list(ClockMode))
@pytest.mark.parametrize("instant", [MONDAY + HOUR, MONDAY + 2 * HOUR - timedelta(seconds=1)])
async def test_a_running_clock_is_not_moved_behind_what_has_passed(move, engine, mode, instant):
    await move(MONDAY, ClockMode.RUNNING)
    await set_two_hours_ago(engine)
    with pytest.raises(ClockMovedBackwards):
        await move(instant, mode)


async def test_a_running_clock_can_be_frozen_ahead(move, engine, clock):
    await move(MONDAY, ClockMode.RUNNING)
    await set_two_hours_ago(engine)
    assert await move(MONDAY + 3 * HOUR)
    assert (clock.now(), clock.mode) == (MONDAY + 3 * HOUR, ClockMode.FROZEN)


async def test_a_frozen_clock_can_be_started_where_it_stands(move, clock):
    await move(MONDAY)
    assert await move(MONDAY, ClockMode.RUNNING)
    assert clock.mode is ClockMode.RUNNING
    assert MONDAY <= clock.now() < MONDAY + HOUR


async def test_when_two_first_moves_race_the_row_ends_at_the_later_one(move, ward):
    for hours in range(1, 6):
        instants = [MONDAY + hours * HOUR, MONDAY + (hours + 0.5) * HOUR]
        moves = [move(instant, at=MeshClock(MONDAY)) for instant in instants]
        outcomes = await asyncio.gather(*moves, return_exceptions=True)
        assert outcomes[1] is True
        assert outcomes[0] is True or isinstance(outcomes[0], ClockMovedBackwards)
        [row] = await ward.rows(CLOCK)
        assert row.instant == instants[1]
        async with ward.engine.begin() as connection:
            await connection.execute(CLOCK.delete())
