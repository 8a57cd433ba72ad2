"""Card testing: somebody tries stolen numbers by the dozen from one address (the payers' door)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import httpx2
import pytest

from services.card_agent.app import create_app
from shared.kit.address_limits import AddressLimit
from shared.kit.peer import PeerAddress, PeerClient, PeerNotDone
from shared.wire.card_tokens import MAKE_CARD_TOKEN, MakeCardToken
from tests.integration.services.card_agent.test_card_tokens import BODY

TESTER, PAYER = "203.0.113.66", "203.0.113.7"
A_MINUTE_LATER_NS = 60 * 10**9
TRACES = (
    "SELECT token_hash FROM card_tokens",
    "SELECT record_id FROM audit",
    "SELECT record_id FROM history",
)


@dataclass
class Watch:
    nanoseconds: int = 0

    def __call__(self) -> int:
        return self.nanoseconds


@pytest.fixture
def watch(agent) -> Watch:
    """The machine time of the limit: twenty card tokens a minute for one address."""
    made = Watch()
    limits = {MAKE_CARD_TOKEN.name: AddressLimit(20, now_ns=made)}
    foundation = replace(agent.resources.foundation, address_limits=limits)
    agent.resources = replace(agent.resources, foundation=foundation)
    agent.open_doors()
    return made


def client_at(agent, address: str) -> PeerClient:
    """Return a client whose connection comes from that address."""
    door = agent.net.door(("card_agent", "payers"))
    transport = httpx2.ASGITransport(door, client=(address, 40_000))
    return PeerClient(
        httpx2.AsyncClient(transport=transport), PeerAddress("https://payers.test", "peer.test")
    )


async def ask(agent, address: str, **changes) -> httpx2.Response:
    http = client_at(agent, address).http
    return await http.post("https://payers.test/card-tokens", json=BODY | changes)


async def traces(agent) -> list[list[object]]:
    return [await agent.column(query) for query in TRACES]


async def test_card_testing_from_one_address_is_slowed_down_and_others_are_not(
    agent, watch
) -> None:
    wrong = [await ask(agent, TESTER, card_number="4111111111111112") for _ in range(30)]
    assert [a.status_code for a in wrong] == [400] * 20 + [429] * 10
    assert (await ask(agent, TESTER)).status_code == 429
    assert (await ask(agent, PAYER)).status_code == 201
    watch.nanoseconds += A_MINUTE_LATER_NS
    assert (await ask(agent, TESTER)).status_code == 201


async def test_what_is_over_the_limit_records_nothing_and_says_when_to_come_back(
    agent, watch
) -> None:
    for _ in range(20):
        assert (await ask(agent, TESTER)).status_code == 201
    before = await traces(agent)
    held = len(agent.resources.card_memory)
    refused = await ask(agent, TESTER)
    assert (refused.status_code, refused.json()["code"]) == (429, "overloaded")
    assert BODY["card_number"] not in refused.text
    assert (await traces(agent), len(agent.resources.card_memory)) == (before, held)
    watch.nanoseconds += int(refused.headers["retry-after"]) * 10**9
    assert (await ask(agent, TESTER)).status_code == 201


async def test_our_own_client_takes_it_for_not_done(agent, watch) -> None:
    question = MakeCardToken.model_validate(BODY)
    client = client_at(agent, TESTER)
    for _ in range(20):
        await client.ask(MAKE_CARD_TOKEN, question)
    with pytest.raises(PeerNotDone):
        await client.ask(MAKE_CARD_TOKEN, question)


async def test_a_door_opened_again_in_the_same_process_still_remembers(agent, watch) -> None:
    for _ in range(20):
        await ask(agent, TESTER)
    agent.net.join("card_agent", "payers", create_app(agent.resources, "payers"))
    assert (await ask(agent, TESTER)).status_code == 429
