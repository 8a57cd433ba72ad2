"""A payer who was told that nothing was charged is never charged, whatever is still on its way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.card_agent.clients.card_network import ASK_NETWORK
from services.payment_provider.clients.payers_bank import OPEN_BANK_SESSION
from services.payment_provider.domain.bank_books import SESSION_LIFETIME
from shared.kit.arrow import AnyArrow
from shared.kit.peer import PeerOutcomeUnknown
from shared.wire.card_authorisations import AUTHORISE_CARD
from shared.wire.doors import PAYMENT_PROVIDER
from shared.wire.mobile_payments import READ_PAYMENT
from shared.wire.sandbox_bank import DECIDE_AT_BANK, DecideAtBank
from simulation import cards
from simulation.payers import Attempt
from tests.support.agreement import agree_when_settled, read_facts
from tests.support.mesh import open_doors
from tests.support.network import Kind
from tests.support.world import PayersOfToday, StaleAtOnce, World

LONG, FOR_EVER = 4, 3600.0
NOTHING_CAN_HAVE_HAPPENED: tuple[tuple[Kind, int], ...] = (
    ("question_lost", 1),
    ("delayed", 1),
    ("reordered", 1),
    ("peer_down", LONG),
    ("overloaded", LONG),
    ("certificate_ended", LONG),
    ("killed_before_commit", 1),
)


@dataclass
class PayersWhoGiveUp(PayersOfToday):
    """They ask how it stands, and do not pay anew when they hear that nothing was charged."""

    patient: bool = True

    async def ask_again(self) -> int:
        for payment_id, attempt in list(self.open.items()):
            client = self.access.at(None, READ_PAYMENT)
            view = await client.ask(READ_PAYMENT, payment_id=payment_id)
            self._note(payment_id, attempt, view)
        return len(self.open)


async def give_it_one_try(world: World, attempt: Attempt) -> str:
    """Pay once, let the jobs ask, then let everything arrive that is still on its way."""
    payers = PayersWhoGiveUp(world.mesh.access, world.mesh.books, world=world)
    before, patient = (world.payers, world.walk), world.mesh.access.patience_seconds
    world.take_payers(payers)
    world.mesh.access.patience_seconds = -1.0  # not even a second try when nothing was charged
    try:
        told = (await payers.pay(attempt)).state
        world.mesh.access.patience_seconds = patient
        await world.come_to_rest()
    finally:
        world.mesh.access.patience_seconds = patient
        world.payers, world.walk = before
    return told


@pytest.mark.parametrize(
    ("arrow", "card"),
    [
        (AUTHORISE_CARD, cards.GOOD_CARDS[0]),
        (ASK_NETWORK, cards.GOOD_CARDS[0]),
        (OPEN_BANK_SESSION, None),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_nobody_is_charged_after_being_told_that_he_was_not(worlds, arrow: AnyArrow, card):
    async with worlds.lend() as world:
        charged_before = read_outside(await read_facts(world))
        for kind, times in NOTHING_CAN_HAVE_HAPPENED:
            mishap = world.net.break_arrow(arrow, kind, times=times)
            first = await give_it_one_try(world, world.attempt(world.new_slip(), card))
            mishap.times = 0
            assert first in {"abandoned", "being_confirmed"}, kind
            assert world.told[-1][1] == "abandoned", kind
        await agree_when_settled(world)
        assert read_outside(await read_facts(world)) == charged_before


def read_outside(facts) -> set:
    return set(facts.outside)


async def test_a_declined_card_is_not_charged_however_its_answer_is_lost(worlds):
    async with worlds.lend() as world:
        charged_before = read_outside(await read_facts(world))
        for card in (cards.OVER_LIMIT_CARD, cards.EXPIRED_CARD):
            for arrow in (AUTHORISE_CARD, ASK_NETWORK):
                mishap = world.net.break_arrow(arrow, "answer_lost")
                attempt = world.attempt(world.new_slip(), card)
                assert await give_it_one_try(world, attempt) == "being_confirmed"
                assert (mishap.struck, world.told[-1][1]) == (1, "declined")
        await agree_when_settled(world)
        assert read_outside(await read_facts(world)) == charged_before


async def test_a_question_that_outlives_its_payers_deadline_is_closed_before_it_arrives(worlds):
    async with worlds.lend() as world:
        provider = world.mesh.resources[PAYMENT_PROVIDER]
        hasty = replace(provider, patience=StaleAtOnce(tries=3, seconds=0.1))
        world.mesh.resources[PAYMENT_PROVIDER] = hasty
        open_doors(world.mesh, PAYMENT_PROVIDER)
        usual, world.net.read_seconds = world.net.read_seconds, FOR_EVER
        for arrow, card in ((AUTHORISE_CARD, cards.GOOD_CARDS[0]), (OPEN_BANK_SESSION, None)):
            mishap = world.net.break_arrow(arrow, "delayed")
            attempt = world.attempt(world.new_slip(), card)
            assert await give_it_one_try(world, attempt) == "being_confirmed"
            assert (mishap.struck, world.told[-1][1]) == (1, "abandoned")
        world.net.read_seconds = usual
        await world.restart(PAYMENT_PROVIDER)
        await agree_when_settled(world)


async def test_a_decision_that_arrives_after_its_session_was_closed_takes_nothing(worlds):
    async with worlds.lend() as world:
        charged_before = read_outside(await read_facts(world))
        attempt = world.attempt(world.new_slip(), None, at_bank="leave")
        view = await world.payers.pay(attempt)
        mishap = world.net.break_arrow(DECIDE_AT_BANK, "delayed")
        body = DecideAtBank(account_reference="account-1", decision="approve")
        client = world.mesh.access.at(None, DECIDE_AT_BANK)
        with pytest.raises(PeerOutcomeUnknown):
            await client.ask(DECIDE_AT_BANK, body, session=view.bank_session.session)
        await world.walk_to(world.now + SESSION_LIFETIME + timedelta(seconds=1))
        await world.come_to_rest()
        assert (mishap.struck, world.told[-1]) == (1, (view.payment_id, "abandoned"))
        await agree_when_settled(world)
        assert read_outside(await read_facts(world)) == charged_before
