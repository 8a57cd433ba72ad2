"""A real PostgreSQL is stopped, and killed, and started again while payers pay."""

from __future__ import annotations

import asyncio
import os
import signal

import psutil
import pytest

from deploy.home import Home
from deploy.postgres import EmbeddedPostgres
from shared.wire.doors import CARD_AGENT
from simulation.cards import GOOD_CARDS
from tests.support.agreement import agree_when_settled, walk_and_agree
from tests.support.databases import SERVICES, Databases, Shelf
from tests.support.network import Call
from tests.support.world import World, make_world

AT_ONCE = 8
PATIENCE_SECONDS = 60.0
"""Machine time: a server that stops writes everything down first, which a busy disk makes long."""


@pytest.fixture
async def server(tmp_path):
    """A durable server of this test's own: what it has committed must outlive it."""
    home = Home(tmp_path / "home").prepare()
    made = EmbeddedPostgres(home, durable=True)
    try:
        await made.start()
        await made.ensure_service_databases(SERVICES)
        yield made
    finally:
        await made.stop()
        home.reset()


async def stop(server: EmbeddedPostgres) -> None:
    await server.stop()


async def kill(server: EmbeddedPostgres) -> None:
    """End every process of the server at once; it must recover from its log."""
    postmaster = psutil.Process(server.pid)
    os.kill(postmaster.pid, signal.SIGQUIT)
    await asyncio.to_thread(psutil.wait_procs, [postmaster], timeout=10)


class FirstQuestion(list):
    """The calls of a network, which say when the card agent is asked for the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    def append(self, call: Call) -> None:
        super().append(call)
        if (call.service, call.path) == (CARD_AGENT, "/authorisations"):
            self.asked.set()


async def pay_through(world: World, server: EmbeddedPostgres, end: object) -> None:
    """Let payers pay at once, and end the server when the first of them is being asked about."""
    world.net.calls = calls = FirstQuestion()
    attempts = [
        world.attempt(world.new_slip(), GOOD_CARDS[0] if number % 2 else None)
        for number in range(AT_ONCE)
    ]
    payments = [asyncio.create_task(world.payers.pay(attempt)) for attempt in attempts]
    await calls.asked.wait()
    await end(server)
    assert not all(payment.done() for payment in payments)
    await server.start()
    await asyncio.gather(*payments)
    await world.come_to_rest()
    await agree_when_settled(world)


async def test_a_database_restart_loses_no_payment(server, tmp_path):
    databases = Databases(Home(tmp_path / "home"), server, "own", Shelf())
    world = await make_world(databases, tmp_path, households=4)
    world.mesh.access.pause_seconds, world.mesh.access.patience_seconds = 0.5, PATIENCE_SECONDS
    for end in (stop, kill):
        await pay_through(world, server, end)
    accepted = [id_ for id_, state in world.told if state == "accepted"]
    assert len(set(accepted)) == 2 * AT_ONCE
    await walk_and_agree(world)
    await world.mesh.close()
