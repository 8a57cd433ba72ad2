"""Nothing stays unknown: an id answers or is closed for ever, whoever asks first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from services.card_agent.clients.card_network import CardNetwork
from shared.kit.ids import new_id
from shared.kit.peer import PeerAddress, PeerClient, PeerOutcomeUnknown, PeerRefused
from tests.integration.services.card_agent.conftest import STALE_AT_ONCE

LOST_ANSWER = "4000000000000119"
STATES = "SELECT state FROM authorisations"
NETWORK = "SELECT outcome FROM network_approvals"


class _Transport(httpx2.AsyncBaseTransport):
    """A network that does what the test says."""

    def __init__(self, fail) -> None:
        self.fail, self.asked = fail, asyncio.Event()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.set()
        return await self.fail(request)


def _network(agent, fail) -> _Transport:
    transport = _Transport(fail)
    client = PeerClient(httpx2.AsyncClient(transport=transport), PeerAddress("https://n.test", "n"))
    network = CardNetwork(client, deadline_seconds=5)
    agent.resources = replace(agent.resources, card_network=network)
    agent.open_doors()
    return transport


async def test_an_unknown_id_is_closed_for_ever(agent) -> None:
    question = await agent.question()
    settled = await agent.settle(question.authorisation_id)
    assert settled.outcome == "closed"
    with pytest.raises(PeerRefused) as refused:
        await agent.authorise(question)
    assert refused.value.code == "authorisation_closed"
    assert (await agent.settle(question.authorisation_id)) == settled
    assert await agent.column(NETWORK) == []


async def test_settling_an_answered_id_gives_the_stored_answer(agent) -> None:
    question = await agent.question()
    yes = await agent.authorise(question)
    settled = await agent.settle(question.authorisation_id)
    assert (settled.outcome, settled.commission) == ("authorised", yes)


async def test_settling_with_another_amount_or_municipality_is_refused(agent) -> None:
    question = await agent.question()
    await agent.authorise(question)
    for wrong in ({"amount_yen": 1}, {"town": "131130"}):
        with pytest.raises(PeerRefused) as refused:
            await agent.settle(question.authorisation_id, **wrong)
        assert refused.value.code == "authorisation_id_reused"


async def test_a_lost_answer_is_found_when_it_is_settled(agent) -> None:
    question = await agent.question(LOST_ANSWER)
    with pytest.raises(PeerOutcomeUnknown, match="authorisation_being_confirmed"):
        await agent.authorise(question)
    assert await agent.column(STATES) == ["NETWORK_UNKNOWN"]
    asked_at = agent.clock.now()
    agent.move_to(asked_at + timedelta(days=1))
    settled = await agent.settle(question.authorisation_id)
    assert settled.outcome == "authorised"
    assert settled.commission.authorised_at == asked_at
    assert await agent.authorise(question) == settled.commission
    assert await agent.column(NETWORK) == ["approved"]


async def test_the_job_finds_a_lost_answer_too(agent) -> None:
    question = await agent.question(LOST_ANSWER)
    with pytest.raises(PeerOutcomeUnknown):
        await agent.authorise(question)
    assert (await agent.run("settle_authorisations"))["authorised"] == 1
    assert (await agent.run("settle_authorisations"))["authorised"] == 0
    assert (await agent.authorise(question)).brand == "VISA"


async def test_a_question_that_was_lost_on_the_way_is_voided(agent) -> None:
    async def lost(request):
        raise httpx2.ReadTimeout("no answer", request=request)

    working = agent.resources
    question = await agent.question()
    _network(agent, lost)
    with pytest.raises(PeerOutcomeUnknown):
        await agent.authorise(question)
    with pytest.raises(PeerOutcomeUnknown):
        await agent.settle(question.authorisation_id)
    agent.resources = working
    agent.open_doors()
    assert (await agent.settle(question.authorisation_id)).outcome == "closed"
    assert await agent.column(NETWORK) == ["voided"]
    with pytest.raises(PeerRefused) as refused:
        await agent.authorise(question)
    assert refused.value.code == "authorisation_closed"


async def test_a_network_that_cannot_be_reached_charges_nothing(agent) -> None:
    async def nobody(request):
        raise httpx2.ConnectError("nobody listens", request=request)

    question = await agent.question()
    _network(agent, nobody)
    with pytest.raises(PeerRefused) as refused:
        await agent.authorise(question)
    assert refused.value.code == "authorisation_closed"
    assert (await agent.settle(question.authorisation_id)).outcome == "closed"


async def test_an_asking_row_waits_for_its_deadline_and_is_then_unknown(agent) -> None:
    """A process is killed between the two records; the network may have been asked."""

    async def never(_):
        await asyncio.Event().wait()

    for changes, answers in (({}, False), (STALE_AT_ONCE, True)):
        agent.start_new_process(**changes)
        working = agent.resources
        question = await agent.question(slip=len(changes))
        transport = _network(agent, never)
        asking = asyncio.create_task(agent.authorise(question))
        await transport.asked.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        agent.resources = working
        agent.open_doors()
        with pytest.raises(PeerOutcomeUnknown, match="authorisation_being_confirmed"):
            await agent.authorise(question)
        if answers:
            assert (await agent.settle(question.authorisation_id)).outcome == "closed"
        else:
            with pytest.raises(PeerOutcomeUnknown):
                await agent.settle(question.authorisation_id)
            counts = await agent.run("settle_authorisations")
            assert (counts["closed"], counts["still_asking"]) == (0, 1)
    assert sorted(await agent.column(STATES)) == ["ASKING", "CLOSED"]


async def test_an_approval_that_comes_after_it_was_settled_is_the_same_answer(agent) -> None:
    """The asker was slow: somebody settled meanwhile. The network says one thing to both."""
    agent.start_new_process(**STALE_AT_ONCE)
    real = agent.resources.card_network._client.http._transport
    approved, may_answer = asyncio.Event(), asyncio.Event()

    async def slowly(request):
        answer = await real.handle_async_request(request)
        if "settlement" not in request.url.path:
            approved.set()
            await may_answer.wait()
        return answer

    question = await agent.question()
    _network(agent, slowly)
    asking = asyncio.create_task(agent.authorise(question))
    await approved.wait()
    settled = await agent.settle(question.authorisation_id)
    may_answer.set()
    assert settled.commission == await asking
    assert await agent.column(STATES) == ["AUTHORISED"]


async def test_an_authorisation_is_never_both_authorised_and_closed(agent) -> None:
    """The question and its settlement race; the primary key decides, and both tell one story."""
    seen = set()
    for slip in range(25):
        question = await agent.question(slip=slip)

        async def settle_soon(question=question, slip=slip):
            for _ in range(slip % 5):
                await asyncio.sleep(0.001)
            return await agent.settle(question.authorisation_id)

        asked, settled = await asyncio.gather(
            agent.authorise(question), settle_soon(), return_exceptions=True
        )
        closed = isinstance(asked, PeerRefused) and asked.code == "authorisation_closed"
        if closed:
            assert settled.outcome == "closed"
        else:
            assert asked.commission_number
            confirming = isinstance(settled, PeerOutcomeUnknown)
            assert confirming or settled.outcome == "authorised"
        seen.add(closed)
    states = await agent.column(STATES)
    takings = await agent.column("SELECT reference FROM network_approvals")
    assert set(states) <= {"AUTHORISED", "CLOSED"}
    assert states.count("AUTHORISED") == len(takings)
    assert seen


async def test_the_provider_may_settle_only_for_a_known_municipality(agent) -> None:
    with pytest.raises(PeerOutcomeUnknown, match="municipality_unknown"):
        await agent.settle(new_id(), town="999999")
    assert await agent.column(STATES) == []


async def test_one_authorisation_that_cannot_be_settled_does_not_stop_the_others(agent) -> None:
    """The network's silence leaves two open; for one of them a bug of ours strikes, once."""

    async def lost(_):
        raise httpx2.ReadTimeout("nothing came back")

    working = agent.resources
    broken, sound = await agent.question(slip=1), await agent.question(slip=2)
    _network(agent, lost)
    for question in (broken, sound):
        with pytest.raises(PeerOutcomeUnknown):
            await agent.authorise(question)

    async def bug(request):
        if str(broken.authorisation_id) in str(request.url):
            raise RuntimeError("a bug of ours")
        transport = working.card_network._client.http._transport
        return await transport.handle_async_request(request)

    _network(agent, bug)
    counts = await agent.run("settle_authorisations")
    assert (counts["failed"], counts["closed"]) == (1, 1)
    agent.resources = working
    agent.open_doors()
    assert (await agent.run("settle_authorisations"))["closed"] == 1
