"""A door with three small questions, and how a test calls it: in the process, without a socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.responses import Response

from shared.kit.address_limits import AddressLimit
from shared.kit.arrow import Arrow, Binary, NoBody, Wire
from shared.kit.clock import MeshClock
from shared.kit.context import actor, correlation_id
from shared.kit.door_app import Door, LoginDep, TownDep
from shared.kit.foundation import Foundation, foundation_tables
from shared.kit.peer_names import CALLER_SCOPE_KEY, DROP_SCOPE_KEY, Caller, Network
from shared.kit.refusals import Refusal
from shared.kit.tokens import TokenIssuer

NOT_AFTER = datetime(2099, 1, 1, tzinfo=UTC)
BODY_LIMIT_BYTES = 200
WARD = "ward-131041-terminal-01"


class Weight(Wire):
    """A question with a number in it."""

    grams: int


class Weighed(Wire):
    """Who asked, under which correlation id, and the number."""

    grams: int
    actor: str
    correlation_id: str


class TooHeavy(Refusal):
    """Nobody can lift that."""

    code = "too_heavy"


READ = Arrow(
    "read",
    "shop",
    "counter",
    "GET",
    "/weights/{id}",
    NoBody,
    Weighed,
    ("ward-*", "cat"),
    takes_scenario=True,
)
WEIGH = Arrow(
    "weigh",
    "shop",
    "counter",
    "PUT",
    "/weights",
    Weight,
    Weighed,
    ("ward-*",),
    refusals=("too_heavy",),
    success=201,
    body_limit_bytes=BODY_LIMIT_BYTES,
)
SCAN = Arrow("scan", "shop", "counter", "GET", "/scans/{name}", NoBody, Binary, ("ward-*",))
REWIND = Arrow(
    "rewind", "shop", "counter", "GET", "/rewind", NoBody, Weighed, ("ward-*",), sandbox_only=True
)
CLERKS_ONLY = Arrow(
    "clerks_only",
    "shop",
    "counter",
    "GET",
    "/clerks",
    NoBody,
    Weighed,
    ("ward-*", "cat"),
    refusals=("token_refused", "role_missing", "not_your_municipality"),
    sign_in="session",
    roles=("clerk", "treasurer"),
)
TASTE = Arrow(
    "taste",
    "shop",
    "counter",
    "POST",
    "/tastes",
    Weight,
    Weighed,
    ("ward-*",),
    body_limit_bytes=BODY_LIMIT_BYTES,
    per_address=True,
)
ARROWS = (READ, TASTE, WEIGH, SCAN, REWIND, CLERKS_ONLY)


@dataclass
class Shop:
    """What stands behind the door; it remembers every question that reached it."""

    reached: list[str] = field(default_factory=list)


def make_foundation(*, sandbox: bool = False, tastes: AddressLimit | None = None) -> Foundation:
    """Return a foundation whose engine is never opened; tastes: of one address."""
    return Foundation(
        "shop",
        create_async_engine("postgresql+asyncpg://nobody@nowhere/nothing"),
        MeshClock(datetime(2025, 6, 2, 1, tzinfo=UTC)),
        TokenIssuer("shop", b"k" * 64),
        foundation_tables(MetaData()),
        sandbox=sandbox,
        address_limits={"taste": tastes or AddressLimit(1000)},
    )


def make_door(
    foundation: Foundation, shop: Shop, *, mutual: bool = True, statuses: Any = None
) -> Any:
    """Return the finished door."""
    door = Door(foundation, shop, "counter", ARROWS, statuses=statuses or {}, mutual=mutual)

    def weighed(grams: int) -> Weighed:
        return Weighed(grams=grams, actor=actor(), correlation_id=correlation_id())

    async def read(id: str) -> Weighed:  # noqa: A002 - the path says {id}
        shop.reached.append("read")
        if id == "broken":
            raise ValueError(f"the scales of {id} fell off the table")
        return weighed(len(id))

    async def weigh(body: Weight) -> Weighed:
        shop.reached.append("weigh")
        if body.grams > 1000:
            raise TooHeavy(problems=[{"field": "grams", "code": "too_heavy"}])
        return weighed(body.grams)

    async def scan(name: str) -> Response:
        shop.reached.append("scan")
        return Response(name.encode(), media_type="application/octet-stream")

    async def clerks_only(login: LoginDep, town: TownDep) -> Weighed:
        shop.reached.append(f"clerks_only {login.user_id} {town}")
        return weighed(1)

    door.mount(READ, read)
    door.mount(WEIGH, weigh)
    door.mount(TASTE, weigh)
    door.mount(SCAN, scan)
    door.mount(REWIND, read)
    door.mount(CLERKS_ONLY, clerks_only)
    return door.app()


def caller(name: str = WARD, network: Network = Network.LEASED_LINE) -> Caller:
    """Return whom the TLS layer would have proved."""
    return Caller(name, network, NOT_AFTER, f"thumbprint-of-{name}")


@dataclass
class Visitor:
    """Calls a door as one caller (None: nobody showed a certificate), from an address."""

    app: Any
    who: Caller | None = None
    drops: int = 0
    address: str = "192.0.2.1"

    async def _with_caller(self, scope: Any, receive: Any, send: Any) -> None:
        scope[DROP_SCOPE_KEY] = self._drop
        if self.who is not None:
            scope[CALLER_SCOPE_KEY] = self.who
        await self.app(scope, receive, send)

    def _drop(self) -> None:
        self.drops += 1

    async def asks(self, method: str, path: str, **how: Any) -> httpx2.Response:
        """Ask and return the answer; an exception that leaves the door leaves here too."""
        transport = httpx2.ASGITransport(self._with_caller, client=(self.address, 40_000))
        async with httpx2.AsyncClient(transport=transport, base_url="https://shop.test") as http:
            return await http.request(method, path, **how)
