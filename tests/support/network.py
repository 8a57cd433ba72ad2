"""The test network: door applications joined in one process, by a transport that can misbehave.

It stands where TLS stands: it alone puts a Caller into the ASGI scope.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import httpx2

from shared.kit.peer import PeerAddress, PeerClient
from shared.kit.peer_names import CALLER_SCOPE_KEY, DROP_SCOPE_KEY, Caller, Network

FAR_FUTURE = datetime(2099, 1, 1, tzinfo=UTC)
Kind = Literal["question_lost", "answer_lost", "peer_down", "repeated", "overloaded"]


@dataclass
class Mishap:
    """What happens to the next `times` calls whose method and path match the pattern."""

    pattern: str
    kind: Kind
    times: int = 1


@dataclass
class Call:
    """A call that was tried."""

    caller: str
    service: str
    door: str
    method: str
    path: str


@dataclass
class TestNetwork:
    """Doors by (service, door); clients are made for a named caller."""

    __test__ = False
    doors: dict[tuple[str, str], object] = field(default_factory=dict)
    mishaps: list[Mishap] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def join(self, service: str, door: str, app: object) -> None:
        """Open a door (or put another application behind it)."""
        self.doors[service, door] = app

    def plan(self, pattern: str, kind: Kind, times: int = 1) -> None:
        """Let the next calls whose "METHOD /path" matches the pattern go wrong."""
        self.mishaps.append(Mishap(pattern, kind, times))

    def client(
        self,
        caller: str | None,
        service: str,
        door: str,
        network: Network = Network.LEASED_LINE,
        *,
        not_after: datetime = FAR_FUTURE,
    ) -> PeerClient:
        """Return a client as a certificate of that name would give it; None: the public door."""
        who = Caller(caller, network, not_after, f"thumbprint-of-{caller}") if caller else None
        transport = _Transport(self, service, door, who)
        return PeerClient(
            httpx2.AsyncClient(transport=transport),
            PeerAddress(f"https://{door}.test", "peer.test"),
        )

    def strikes(self, method: str, path: str) -> Kind | None:
        """Return what goes wrong with this call, and use it up."""
        for mishap in self.mishaps:
            if mishap.times > 0 and re.search(mishap.pattern, f"{method} {path}"):
                mishap.times -= 1
                return mishap.kind
        return None


class _Transport(httpx2.AsyncBaseTransport):
    def __init__(self, net: TestNetwork, service: str, door: str, caller: Caller | None) -> None:
        self.net, self.service, self.door, self.caller = net, service, door, caller

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        method, path = request.method, request.url.path
        name = self.caller.name if self.caller else "payer"
        self.net.calls.append(Call(name, self.service, self.door, method, path))
        kind = self.net.strikes(method, path)
        if kind == "peer_down" or (self.service, self.door) not in self.net.doors:
            raise httpx2.ConnectError("nobody listens", request=request)
        if kind == "question_lost":
            raise httpx2.ReadTimeout("no answer", request=request)
        if kind == "overloaded":
            body = {"code": "overloaded", "detail": "Later.", "status": 503}
            return httpx2.Response(503, json=body, request=request)
        content = await request.aread()
        answer = await self._deliver(request, content)
        if kind == "repeated":
            answer = await self._deliver(request, content)
        if kind == "answer_lost":
            raise httpx2.RemoteProtocolError("the peer hung up", request=request)
        return answer

    async def _deliver(self, request: httpx2.Request, content: bytes) -> httpx2.Response:
        app = self.net.doors[self.service, self.door]
        dropped: list[bool] = []

        async def with_caller(scope, receive, send) -> None:
            scope[DROP_SCOPE_KEY] = lambda: dropped.append(True)
            if self.caller is not None:
                scope[CALLER_SCOPE_KEY] = self.caller
            await app(scope, receive, send)
            if dropped:
                raise httpx2.RemoteProtocolError("the peer hung up", request=request)

        copy = httpx2.Request(request.method, request.url, headers=request.headers, content=content)
        answer = await httpx2.ASGITransport(with_caller).handle_async_request(copy)
        body = await answer.aread()
        return httpx2.Response(
            answer.status_code, headers=answer.headers, content=body, request=request
        )
