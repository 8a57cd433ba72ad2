"""Each process dies, and loses its database, at every commit of what payers and days ask of it.

After the jobs have run, all organisations, the banks and the payers agree to the yen; before a
world ends, all its money must have arrived (support/worlds.py).
"""

from __future__ import annotations

import pytest

from tests.journeys.actions import BANK_PAYMENT, CARD_PAYMENT, MORNING
from tests.journeys.arrows import MORTAL_ACTIONS
from tests.support.agreement import agree_when_settled
from tests.support.breakages import struck_at_every_commit, struck_in_turn
from tests.support.deaths import BLOWS, Blow

NASTIEST: tuple[Blow, ...] = ("killed_before", "database_lost_after")
"""A peer has answered and nobody wrote it down; it is written down and nobody knows."""
PAYMENTS = (CARD_PAYMENT, BANK_PAYMENT)

DEATHS = [(action, process) for action in MORTAL_ACTIONS for process in action.processes]


@pytest.mark.parametrize(
    ("action", "process"), DEATHS, ids=[f"{a.name} - {p}".replace(" ", "_") for a, p in DEATHS]
)
async def test_a_process_that_dies_at_any_commit_of_a_payment_doubles_nothing(
    worlds, action, process
):
    async with worlds.lend(f"{action.name} - {process}") as world:
        blows = BLOWS if action in PAYMENTS else NASTIEST
        assert await struck_at_every_commit(world, action, process, blows) > 0
        await agree_when_settled(world)


@pytest.mark.parametrize("process", MORNING.processes)
async def test_a_process_that_dies_at_any_commit_of_a_morning_loses_nothing(worlds, process):
    async with worlds.lend(f"{MORNING.name} - {process}", moves_files=True) as world:
        assert await struck_in_turn(world, MORNING, process, NASTIEST) > 0
        await agree_when_settled(world)
