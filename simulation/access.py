"""How everyone outside the four organisations reaches their doors: named callers, one client each.

Knows doors and patience, and nothing of how a door is reached (TLS, or a test's network).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from shared.kit.arrow import Arrow, Binary, NoBody
from shared.kit.peer import PeerClient, PeerNotDone, PeerOutcomeUnknown
from shared.kit.standard_arrows import LogIn
from shared.wire.doors import LOG_IN

Q = TypeVar("Q", bound=BaseModel)
A = TypeVar("A", bound=BaseModel)
R = TypeVar("R")

Connect = Callable[[str | None, str, str], PeerClient]
"""(caller's name or None for the public, service, door) -> a client."""

PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Password:
    """A user of a door, as the sandbox's users file names it."""

    user_id: str
    password: str


@dataclass
class Access:
    """Clients for every caller outside, made once and kept.

    staff: by role (clerk, second_clerk, treasury, ...), terminal's certificate name and user;
    patience_seconds, pause_seconds: how long they repeat a question, and the pause in between.
    """

    connect: Connect
    staff: dict[str, tuple[str, Password]]
    municipality: str
    patience_seconds: float = PATIENCE_SECONDS
    pause_seconds: float = PAUSE_SECONDS
    _clients: dict[tuple[str | None, str, str], PeerClient] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)

    def client(self, caller: str | None, service: str, door: str) -> PeerClient:
        """Return the one client of this caller at this door."""
        place = (caller, service, door)
        if place not in self._clients:
            self._clients[place] = self.connect(*place)
        return self._clients[place]

    def at(self, caller: str | None, arrow: Arrow[Any, Any]) -> PeerClient:
        """Return the client of this caller at the arrow's door."""
        return self.client(caller, arrow.callee, arrow.door)

    async def operate(
        self,
        arrow: Arrow[Q, A],
        question: Q | bytes | None = None,
        **more: Any,  # noqa: ANN401 - path values
    ) -> A:
        """Ask as the operator; every operator question may be repeated, so it is, patiently."""
        client = self.at("operator", arrow)
        return await self.patiently(lambda: client.ask(arrow, question, **more))

    async def staff_asks(
        self,
        role: str,
        arrow: Arrow[Q, A],
        question: Q | bytes | None = None,
        **more: Any,  # noqa: ANN401 - path values
    ) -> A:
        """Ask at the ward's intranet door as a member of staff who is logged in."""
        client = self.at(self.staff[role][0], arrow)
        return await self._signed_in(
            role, client, lambda token: client.ask(arrow, question, token=token, **more)
        )

    async def staff_fetches(
        self,
        role: str,
        arrow: Arrow[NoBody, Binary],
        **path_values: object,
    ) -> bytes:
        """Fetch a file at the ward's intranet door as a member of staff who is logged in."""
        client = self.at(self.staff[role][0], arrow)
        return await self._signed_in(
            role, client, lambda token: client.fetch(arrow, token=token, **path_values)
        )

    async def _signed_in(
        self, role: str, client: PeerClient, question: Callable[[str], Awaitable[R]]
    ) -> R:
        async def ask() -> R:
            if role not in self._tokens:
                self._tokens[role] = await self._log_in(client, self.staff[role][1])
            try:
                return await question(self._tokens[role])
            except PeerOutcomeUnknown:
                self._tokens.pop(role, None)
                raise

        return await self.patiently(ask)

    async def _log_in(self, client: PeerClient, user: Password) -> str:
        body = LogIn(user_id=user.user_id, password=user.password)
        return (await client.ask(LOG_IN["ward_gateway", "intranet"], body)).token

    async def patiently(self, ask: Callable[[], Awaitable[R]]) -> R:
        """Repeat a repeatable question until it is answered or patience ends (machine time)."""
        deadline = time.monotonic() + self.patience_seconds
        while True:
            try:
                return await ask()
            except (PeerNotDone, PeerOutcomeUnknown):
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(self.pause_seconds)

    async def close(self) -> None:
        """Close every client."""
        for client in self._clients.values():
            await client.close()
