"""The test network: door applications joined in one process, by a transport that can misbehave.

It stands where TLS stands: it alone puts a Caller into the ASGI scope. An outside company behind a
client of ours (a card network, a payers' bank) can be joined too.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import httpx2

from shared.kit.arrow import AnyArrow
from shared.kit.peer import PeerAddress, PeerClient
from shared.kit.peer_names import CALLER_SCOPE_KEY, DROP_SCOPE_KEY, Caller, Network
from tests.support.deaths import Deaths, Killed

FAR_FUTURE = datetime(2099, 1, 1, tzinfo=UTC)
Kind = Literal[
    "question_lost",
    "answer_lost",
    "peer_down",
    "repeated",
    "overloaded",
    "delayed",  # held until its caller has given up, and delivered by deliver_late()
    "reordered",  # held likewise, and delivered behind the next call at that door
    "killed_before_commit",
    "killed_after_commit",
    "certificate_ended",  # the caller's own, for as many looks as `times` says
]
Place = tuple[str, str]
"""(service, door)."""


@dataclass
class Mishap:
    """What happens to the next `times` calls whose method and path match the pattern.

    place: only at that door; commit: at which commit a callee is killed; reached: whether it came
    to that many commits (else it died as its answer left); struck: how many calls went wrong.
    """

    pattern: str
    kind: Kind
    times: int = 1
    place: Place | None = None
    commit: int = 1
    struck: int = 0
    reached: bool = False


@dataclass
class Call:
    """A call that was tried."""

    caller: str
    service: str
    door: str
    method: str
    path: str


@dataclass
class Held:
    """A question that is still on its way while its caller has given up."""

    transport: _Transport
    request: httpx2.Request
    content: bytes
    overtaken: bool


@dataclass
class TestNetwork:
    """Doors by (service, door); clients are made for a named caller.

    restart: how a process is put in the place of one that was killed; read_seconds: the machine
    time for which a caller without a deadline of its own waits for a delayed question's answer.
    """

    __test__ = False
    doors: dict[Place, object] = field(default_factory=dict)
    mishaps: list[Mishap] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    deaths: Deaths = field(default_factory=Deaths)
    restart: Callable[[str], Awaitable[None]] | None = None
    read_seconds: float = 0.01

    def join(self, service: str, door: str, app: object) -> None:
        """Open a door (or put another application behind it)."""
        self.doors[service, door] = app

    def join_when_asked(self, service: str, door: str, make: Callable[[], object]) -> None:
        """Open a door whose application is made when somebody first asks: most tests use few."""
        self.doors[service, door] = _Unmade(make)

    def door(self, place: Place) -> object:
        """Return what stands behind a door."""
        found = self.doors[place]
        if isinstance(found, _Unmade):
            found = self.doors[place] = found.make()
        return found

    def plan(self, pattern: str, kind: Kind, times: int = 1) -> None:
        """Let the next calls whose "METHOD /path" matches the pattern go wrong."""
        self.mishaps.append(Mishap(pattern, kind, times))

    def break_arrow(
        self, arrow: AnyArrow, kind: Kind, *, times: int = 1, commit: int = 1
    ) -> Mishap:
        """Let the next calls of one arrow go wrong, at its own door only."""
        path = re.sub(r"\\{[a-z_]+\\}", "[^/]+", re.escape(arrow.path))
        place = (arrow.callee, arrow.door)
        mishap = Mishap(f"^{arrow.method} {path}$", kind, times, place, commit)
        self.mishaps.append(mishap)
        return mishap

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
            certificate=_Certificate(self, (service, door)) if caller else None,
        )

    def stand_before(self, peer: PeerClient, service: str, door: str) -> None:
        """Join the company behind a ready client, and let this network lead to it."""
        self.join(service, door, peer.http)
        peer.http = httpx2.AsyncClient(transport=_Transport(self, service, door, None))
        peer.certificate = _Certificate(self, (service, door))

    def strikes(self, method: str, path: str, place: Place) -> Mishap | None:
        """Return what goes wrong with this call, and use it up."""
        for mishap in self.mishaps:
            at_other_door = mishap.place not in {None, place}
            if mishap.times < 1 or at_other_door or mishap.kind == "certificate_ended":
                continue
            if re.search(mishap.pattern, f"{method} {path}"):
                return _used(mishap)
        return None

    def certificate_holds(self, place: Place) -> bool:
        """Say whether the certificate that is shown at a door is still good; use a mishap up."""
        for mishap in self.mishaps:
            if mishap.kind == "certificate_ended" and mishap.place == place and mishap.times > 0:
                _used(mishap)
                return False
        return True

    async def deliver_late(self) -> int:
        """Deliver every question that is still on its way; nobody waits for the answers."""
        late, self.held = self.held, []
        for question in late:
            await question.transport.deliver_unheard(question)
        return len(late)

    def overtaken_at(self, place: Place) -> list[Held]:
        """Take out the questions that the call at a door, made now, has overtaken."""
        taken = [h for h in self.held if h.overtaken and h.transport.place == place]
        self.held = [h for h in self.held if h not in taken]
        return taken

    async def bury(self, service: str) -> None:
        """Put a new process in the place of one that was killed."""
        assert self.restart is not None, f"nobody starts {service} again"
        await self.restart(service)


@dataclass(frozen=True)
class _Unmade:
    make: Callable[[], object]


def _used(mishap: Mishap) -> Mishap:
    mishap.times -= 1
    mishap.struck += 1
    return mishap


@dataclass(frozen=True)
class _Certificate:
    """The caller's certificate, as the caller itself looks at it before it sends."""

    net: TestNetwork
    place: Place

    def may_be_shown(self, now: datetime) -> bool:
        return self.net.certificate_holds(self.place)


class _Transport(httpx2.AsyncBaseTransport):
    def __init__(self, net: TestNetwork, service: str, door: str, caller: Caller | None) -> None:
        self.net, self.service, self.door, self.caller = net, service, door, caller
        self.place: Place = (service, door)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        method, path = request.method, request.url.path
        name = self.caller.name if self.caller else "payer"
        self.net.calls.append(Call(name, self.service, self.door, method, path))
        overtaken = self.net.overtaken_at(self.place)
        try:
            return await self._handle(request, self.net.strikes(method, path, self.place))
        finally:
            for question in overtaken:
                await self.deliver_unheard(question)

    async def _handle(self, request: httpx2.Request, mishap: Mishap | None) -> httpx2.Response:
        kind = mishap.kind if mishap else None
        if kind == "peer_down" or self.place not in self.net.doors:
            raise httpx2.ConnectError("nobody listens", request=request)
        if kind == "question_lost":
            raise httpx2.ReadTimeout("no answer", request=request)
        if kind == "overloaded":
            body = {"code": "overloaded", "detail": "Later.", "status": 503}
            return httpx2.Response(503, json=body, request=request)
        content = await request.aread()
        if kind in {"delayed", "reordered"}:
            self.net.held.append(Held(self, request, content, overtaken=kind == "reordered"))
            await self._wait_in_vain(request)
        if mishap is not None and kind in {"killed_before_commit", "killed_after_commit"}:
            await self._kill(request, content, mishap)
        answer = await self._deliver(request, content)
        if kind == "repeated":
            answer = await self._deliver(request, content)
        if kind == "answer_lost":
            raise httpx2.RemoteProtocolError("the peer hung up", request=request)
        return answer

    async def _wait_in_vain(self, request: httpx2.Request) -> None:
        """Wait as a client does: until its own deadline calls it off, or its time-out ends."""
        try:
            async with asyncio.timeout(self.net.read_seconds):
                await asyncio.Event().wait()
        except TimeoutError:
            raise httpx2.ReadTimeout("no answer", request=request) from None

    async def _kill(self, request: httpx2.Request, content: bytes, mishap: Mishap) -> None:
        """Let the callee die at a commit of this call, or, if it has fewer, as its answer leaves.

        An outside company writes one transaction for a question: it has heard it, or has not.
        """
        before = mishap.kind == "killed_before_commit"
        mortal = self.service in self.net.deaths.mortals
        if mortal:
            blow = "killed_before" if before else "killed_after"
            death = self.net.deaths.plan(self.service, blow, mishap.commit)
            try:
                await self._deliver(request, content)
            finally:
                mishap.reached = death.struck
                self.net.deaths.forget(self.service)
            await self.net.bury(self.service)
        elif not before:
            await self._deliver(request, content)
        raise httpx2.RemoteProtocolError("the peer is gone", request=request)

    async def deliver_unheard(self, question: Held) -> None:
        try:
            await question.transport._deliver(question.request, question.content)
        except httpx2.RequestError:
            return  # it broke the connection that nobody listens at any more

    async def _deliver(self, request: httpx2.Request, content: bytes) -> httpx2.Response:
        door = self.net.door(self.place)
        if isinstance(door, httpx2.AsyncClient):
            answer = await door.request(
                request.method, request.url, headers=request.headers, content=content
            )
        else:
            answer = await self._deliver_to_app(door, request, content)
        body = await answer.aread()
        return httpx2.Response(
            answer.status_code, headers=answer.headers, content=body, request=request
        )

    async def _deliver_to_app(
        self, app: object, request: httpx2.Request, content: bytes
    ) -> httpx2.Response:
        dropped: list[bool] = []

        async def with_caller(scope, receive, send) -> None:
            scope[DROP_SCOPE_KEY] = lambda: dropped.append(True)
            if self.caller is not None:
                scope[CALLER_SCOPE_KEY] = self.caller
            await app(scope, receive, send)
            if dropped:
                raise httpx2.RemoteProtocolError("the peer hung up", request=request)

        copy = httpx2.Request(request.method, request.url, headers=request.headers, content=content)
        try:
            return await httpx2.ASGITransport(with_caller).handle_async_request(copy)
        except Killed as death:
            await self.net.bury(death.service)
            raise httpx2.RemoteProtocolError("the peer is gone", request=request) from death
