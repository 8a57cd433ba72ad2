"""The limit per address over real TLS: the address is the connection's, whatever a header says."""

from __future__ import annotations

import httpx2
import pytest

from shared.kit.address_limits import AddressLimit
from shared.kit.peer_names import Network
from shared.kit.tls import client_context
from tests.integration.doors.conftest import make_door, sni
from tests.unit.shared.kit import sample_door

TASTE = {"json": {"grams": 5}, "extensions": sni()}


@pytest.fixture
def url(home, serve_doors) -> str:
    """A public door, at which an address may taste twice a minute."""
    limit = AddressLimit(2, now_ns=lambda: 0)
    foundation = sample_door.make_foundation(tastes=limit)
    app = sample_door.make_door(foundation, sample_door.Shop(), mutual=False)
    running = serve_doors([make_door(home, app, mutual=False)])
    return running.url("leased_line", "/tastes")


@pytest.fixture
def client_at(home):
    """Clients whose connections leave from an address of the loopback network."""
    opened: list[httpx2.Client] = []

    def make(address: str) -> httpx2.Client:
        context = client_context(home.authority(Network.LEASED_LINE), None, None)
        transport = httpx2.HTTPTransport(verify=context, local_address=address, trust_env=False)
        opened.append(httpx2.Client(transport=transport, timeout=5, trust_env=False))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def test_each_address_has_a_bucket_of_its_own(url, client_at):
    for address in ("127.0.0.1", "127.0.0.2", "127.1.2.3"):
        client = client_at(address)
        answers = [client.post(url, **TASTE) for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 200, 429, 429], address
        assert answers[2].headers["retry-after"] == "30"


def test_a_new_connection_or_a_header_is_no_new_address(url, client_at):
    statuses = [
        client_at("127.0.0.9").post(url, headers={"x-forwarded-for": f"192.0.2.{n}"}, **TASTE)
        for n in range(4)
    ]
    assert [a.status_code for a in statuses] == [200, 200, 429, 429]


def test_a_connection_is_still_good_after_an_answer_that_left_its_body_unread(url, client_at):
    client = client_at("127.0.0.1")
    answers = [client.post(url, **TASTE) for _ in range(3)]
    path = url.replace("/tastes", "/weights")
    after = client.put(path, json={"grams": 1}, extensions=sni())
    assert [a.status_code for a in (*answers, after)] == [200, 200, 429, 201]
