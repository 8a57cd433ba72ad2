"""A waiting room: so many at a time, in the order of coming, and nobody waits for long."""

from __future__ import annotations

import asyncio

import pytest

from shared.kit.problems import Overloaded
from shared.kit.waiting_room import WaitingRoom

PATIENT, IMPATIENT = 60.0, 0.01


async def test_a_free_place_is_taken_at_once():
    room, inside = WaitingRoom(2, seconds=IMPATIENT), 0
    async with room.place(), room.place():
        inside += 2
    assert inside == 2


async def test_who_waits_too_long_is_told_to_come_back():
    room = WaitingRoom(1, seconds=IMPATIENT)
    async with room.place():
        with pytest.raises(Overloaded):
            async with room.place():
                raise AssertionError("there was no place")
    async with room.place():
        pass


async def test_places_are_given_in_the_order_of_coming():
    room, order = WaitingRoom(1, seconds=PATIENT), []

    async def come(name: str) -> None:
        async with room.place():
            order.append(name)

    async with room.place():
        coming = []
        for name in ("first", "second", "third"):
            coming.append(asyncio.create_task(come(name)))
            await asyncio.sleep(0)
    await asyncio.gather(*coming)
    assert order == ["first", "second", "third"]


async def test_an_error_inside_gives_the_place_back():
    room = WaitingRoom(1, seconds=IMPATIENT)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with room.place():
                raise ZeroDivisionError


async def test_who_is_called_off_while_waiting_takes_no_place():
    room = WaitingRoom(1, seconds=PATIENT)

    async def come() -> None:
        async with room.place():
            raise AssertionError("called off before")

    async with room.place():
        waiting = asyncio.create_task(come())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with room.place():
        pass


async def test_time_inside_is_not_time_of_waiting():
    room, ended = WaitingRoom(1, seconds=IMPATIENT), False
    async with room.place():
        with pytest.raises(Overloaded):  # as long as others can bear to wait
            async with room.place():
                raise AssertionError("there was no place")
        ended = True
    assert ended
