"""`mesh pay --by payeasy` several times at once, and after it was killed before it told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
import pytest_asyncio

from deploy.cli.pay import find_slip, pay_at_bank
from deploy.cli.walk_days import HomeWalk
from shared.kit.peer import PeerOutcomeUnknown
from shared.wire.payeasy import NOTIFY
from simulation.books import Books
from tests.support.mesh import NoProgress
from tests.support.payeasy_agreement import agree_when_told, walk_until_paid_and_agree
from tests.support.world import World, make_world


@dataclass
class Killed:
    """What a command wrote that ended between its bank's books and the centre."""

    world: World
    payment_number: str


@pytest_asyncio.fixture
async def world(databases, tmp_path):
    """A small world on the morning on which the centre's keys are in effect."""
    made = await make_world(databases, tmp_path, households=3)
    await made.next_morning()
    yield made
    await made.mesh.close()


@pytest_asyncio.fixture
async def killed(world) -> Killed:
    access, number = world.mesh.access, world.new_slip().keys.payment_number
    slip = await find_slip(access, number)
    world.net.break_arrow(NOTIFY, "question_lost")
    access.patience_seconds = -1.0
    with pytest.raises(PeerOutcomeUnknown):
        await pay_at_bank(access, world.mesh.books, slip, world.now)
    access.patience_seconds = 8.0
    (taking,) = world.mesh.books.takings("intended")
    assert taking.payment_number == number
    return Killed(world, number)


async def test_several_commands_at_once_take_under_numbers_of_their_own(world, tmp_path):
    """Each command opens the books of the home for itself, as its own process does."""
    access = world.mesh.access
    slips = [await find_slip(access, world.new_slip().keys.payment_number) for _ in range(6)]
    books = [Books(tmp_path / "outside.sqlite") for _ in slips]
    paid = await asyncio.gather(
        *(pay_at_bank(access, own, slip, world.now) for own, slip in zip(books, slips, strict=True))
    )
    for own in books:
        own.close()
    assert [answer["state"] for answer in paid] == ["accepted"] * 6
    taken = world.mesh.books.takings("taken")
    assert len({taking.receipt_number for taking in taken}) == 6
    await agree_when_told(world)


async def test_a_killed_payment_is_told_at_the_next_advance_of_the_clock(killed):
    world = killed.world
    mesh = world.mesh
    walk = HomeWalk(mesh.installation.home, mesh.access, mesh.books, NoProgress())
    await walk.advance(None)
    (taking,) = mesh.books.takings("taken")
    assert taking.payment_number == killed.payment_number
    await agree_when_told(world)
    await walk_until_paid_and_agree(world)


async def test_the_same_command_after_a_kill_takes_no_money_again(killed):
    world, access = killed.world, killed.world.mesh.access
    slip = await find_slip(access, killed.payment_number)
    answer = await pay_at_bank(access, world.mesh.books, slip, world.now)
    assert answer["state"] == "accepted"
    assert len(world.mesh.books.takings("intended", "taken", "unposted")) == 1
    await walk_until_paid_and_agree(world)
