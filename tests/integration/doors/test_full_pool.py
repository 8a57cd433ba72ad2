"""Every door of which every database connection is taken: come back later, and nothing was kept."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.installation import BANKS, CATEGORY, INSTITUTION, MUNICIPALITY, STAFF, TERMINAL
from shared.kit.database import open_engine
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.standard_arrows import LogIn, PutUser
from shared.wire.card_authorisations import LIST_COMMISSIONS
from shared.wire.card_tokens import MAKE_CARD_TOKEN, MakeCardToken
from shared.wire.doors import DOORS, LOG_IN, OPERATOR_ARROWS, SERVICES
from shared.wire.mobile_payments import READ_PAYMENT
from shared.wire.payeasy import INQUIRE, Inquire
from simulation.cards import GOOD_CARDS
from tests.support.databases import Databases
from tests.support.mesh import make_mesh

CONNECTIONS = 2
LOGIN = LogIn(user_id="somebody", password="a password")
USER = PutUser(door="operator", municipality=MUNICIPALITY, roles=(), password="a long password")
CARD = MakeCardToken(
    municipality=MUNICIPALITY,
    amount_yen=Yen(1000),
    card_number=SecretStr(GOOD_CARDS[0].number),
    expiry_year=GOOD_CARDS[0].expiry_year,
    expiry_month=GOOD_CARDS[0].expiry_month,
)
COMMISSIONS_OF = {"municipality": MUNICIPALITY, "day": "2025-06-02"}


def inquiry(mesh) -> Inquire:
    return Inquire(
        institution_number=INSTITUTION,
        payment_number="125011234567890024",
        confirmation_number="4711",
        category=CATEGORY,
        bank_code=BANKS[0],
        branch_code="001",
        medium="01",
        trace_number="T1",
        requested_at=mesh.resources["lgwan_asp"].clock.now(),
    )


def questions(mesh) -> list:
    """One question for each door: (caller, arrow, body, query)."""
    return [
        ("payment-provider", LIST_COMMISSIONS, None, COMMISSIONS_OF),
        (None, MAKE_CARD_TOKEN, CARD, None),
        (None, READ_PAYMENT, None, None),
        (TERMINAL, LOG_IN["payment_provider", "leased_line"], LOGIN, None),
        (TERMINAL, LOG_IN["lgwan_asp", "lgwan"], LOGIN, None),
        (f"bank-{BANKS[0]}", INQUIRE, inquiry(mesh), None),
        (STAFF["clerk"][0], LOG_IN["ward_gateway", "intranet"], LOGIN, None),
        *(("operator", OPERATOR_ARROWS[service].put_user, USER, None) for service in SERVICES),
    ]


@dataclass
class NarrowDatabases:
    """Databases whose engines have two connections, and wait for one as good as not at all."""

    wide: Databases

    async def engine(self, service: str) -> AsyncEngine:
        url = await self.wide.url(service)
        return open_engine(url, pool_size=CONNECTIONS, max_overflow=0, wait_seconds=0.02)


@asynccontextmanager
async def every_connection_taken(mesh):
    async with AsyncExitStack() as taken:
        for service in SERVICES:
            engine = mesh.resources[service].foundation.engine
            for _ in range(CONNECTIONS):
                await taken.enter_async_context(engine.connect())
        yield


@pytest_asyncio.fixture
async def mesh(databases, tmp_path):
    made = await make_mesh(NarrowDatabases(databases), tmp_path)
    yield made
    await made.close()


async def ask(mesh, caller, arrow, body, query):
    client = mesh.access.at(caller, arrow).http
    values = dict.fromkeys(("payment_id", "user_id"), str(new_id()))
    content = None if body is None else body.model_dump(mode="json")
    if body is CARD:
        content["card_number"] = GOOD_CARDS[0].number
    if body in (LOGIN, USER):
        content["password"] = body.password
    url = f"https://door.test{arrow.url(**values)}"
    return await client.request(arrow.method, url, json=content, params=query)


async def test_a_door_without_a_free_connection_is_overloaded_and_keeps_nothing(mesh):
    asked = questions(mesh)
    assert {(arrow.callee, arrow.door) for _, arrow, _, _ in asked} == {
        (place.service, place.name) for place in DOORS
    }
    async with every_connection_taken(mesh):
        for question in asked:
            answer = await ask(mesh, *question)
            assert (answer.status_code, answer.json()["code"]) == (503, "overloaded"), question
            assert int(answer.headers["retry-after"]) > 0
    for question in asked:
        assert (await ask(mesh, *question)).status_code in {200, 201, 401, 404}, question
