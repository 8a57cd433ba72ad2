"""One door, its limits, and the protocol that knows who is calling and how slowly it may speak.

Knows certificates and bytes, but no route and no organisation. kit.serving listens with it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from shared.kit.clock import machine_now
from shared.kit.peer_names import (
    CALLER_SCOPE_KEY,
    DROP_SCOPE_KEY,
    Caller,
    UnreadableCallerError,
    caller_from_der,
)
from shared.kit.tls import DoorContext, RefusalReason, RefusedConnections

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
AsgiApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

CLOSE_NOTIFY_SECONDS: Final = 2.0


@dataclass(frozen=True)
class DoorLimits:
    """What one door puts up with (machine seconds, bytes, counts); the rest is refused clearly.

    The size of a body is no limit of the door: it belongs to the arrow.
    """

    handshake_seconds: float = 10.0
    head_seconds: float = 10.0
    body_seconds: float = 60.0
    keep_alive_seconds: int = 45
    drain_seconds: int = 20
    head_bytes: int = 32 * 1024
    connections: int = 512
    requests_at_once: int = 256


@dataclass(frozen=True)
class ListeningDoor:
    """One TCP port on one network, and the application behind it. Port 0 takes a free one."""

    name: str
    app: AsgiApp
    host: str
    port: int
    ssl_context: DoorContext
    limits: DoorLimits = field(default_factory=DoorLimits)
    now: Callable[[], datetime] = machine_now

    @property
    def refused(self) -> RefusedConnections:
        """Return the counter of connections that never reached a route."""
        return self.ssl_context.refused


def problem_body(status: int, code: str, title: str, correlation_id: str) -> bytes:
    """Return an RFC 9457 body for what is refused before any route is known."""
    return json.dumps(
        {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": title,
            "code": code,
            "correlation_id": correlation_id,
        }
    ).encode()


class _HeadTooLargeError(Exception):
    """Raised inside the parser's callbacks, which turn it into a parser error."""


class DoorProtocol(HttpToolsProtocol):
    """uvicorn's protocol, plus: who is calling, until when, and how slowly it may speak.

    uvicorn verifies the peer's certificate and then hides it; here it becomes the Caller in the
    ASGI scope. Its end is looked at whenever bytes arrive, so at every request.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        door: ListeningDoor,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.door = door
        self.caller: Caller | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._in_head = False
        self._head_bytes = 0
        self._too_large = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the verified certificate's holder, or hang up on one that bears no name of ours."""
        super().connection_made(cast("asyncio.Transport", transport))
        if len(self.connections) > self.door.limits.connections:
            self._hang_up(RefusalReason.TOO_MANY_CONNECTIONS)
            return
        tls = transport.get_extra_info("ssl_object")
        der = tls.getpeercert(binary_form=True) if tls is not None else None
        if der is not None:
            try:
                self.caller = caller_from_der(der)
            except UnreadableCallerError:
                self._hang_up(RefusalReason.WRONG_NAME)
                return
        self._arm(self.door.limits.head_seconds, self._head_took_too_long)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes in, unless the certificate has ended since the handshake."""
        if self.transport.is_closing():
            return
        if self.caller is not None and self.door.now() >= self.caller.not_after:
            self._hang_up(RefusalReason.EXPIRED)
            return
        if self._deadline is None and self._is_idle():
            self._arm(self.door.limits.head_seconds, self._head_took_too_long)
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > self.door.limits.head_bytes:
                self._too_large = True
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """Open a request's scope: the caller, and the callable that drops the connection."""
        super().on_message_begin()
        scope = cast("dict[str, Any]", self.scope)
        if self.caller is not None:
            scope[CALLER_SCOPE_KEY] = self.caller
        scope[DROP_SCOPE_KEY] = self.drop
        self._in_head, self._head_bytes = True, 0

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target in."""
        self._weigh(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header (or a trailer) in."""
        self._weigh(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the application, and the time that the body may take."""
        self._in_head, self._head_bytes = False, 0
        self._arm(self.door.limits.body_seconds, self._body_took_too_long)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Stop the clock: the request has arrived."""
        self._disarm()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be parsed with a problem of ours that repeats nothing."""
        if self._too_large:
            self._refuse(RefusalReason.HEAD_TOO_LARGE, "431 Request Header Fields Too Large")
        else:
            self._refuse(RefusalReason.MALFORMED_REQUEST, "400 Bad Request")

    def shutdown(self) -> None:
        """Begin to drain; a caller that does not close its half of an idle connection is left."""
        super().shutdown()
        if not self._is_answering():
            self.loop.call_later(CLOSE_NOTIFY_SECONDS, self.transport.abort)

    def drop(self) -> None:
        """End the connection without an answer: a fault above TLS, for sandbox mode only."""
        if self._is_answering():
            self.cycle.disconnected = True
        self.transport.abort()

    def _is_answering(self) -> bool:
        """Say whether a request is in the application's hands (uvicorn says never None)."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def _is_idle(self) -> bool:
        return not self._in_head and not self._is_answering()

    def _weigh(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self.door.limits.head_bytes:
            self._too_large = True
            raise _HeadTooLargeError

    def _head_took_too_long(self) -> None:
        self._refuse(RefusalReason.TOO_SLOW, "408 Request Timeout")

    def _body_took_too_long(self) -> None:
        self._hang_up(RefusalReason.TOO_SLOW)

    def _refuse(self, reason: RefusalReason, status_line: str) -> None:
        """Answer with a problem and close; only hang up if another answer is under way."""
        if self.transport.is_closing():
            return
        if self._is_answering():
            self._hang_up(reason)
            return
        self._disarm()
        self.door.refused.count(reason)
        status, _, title = status_line.partition(" ")
        body = problem_body(int(status), reason.value, title, "-")
        head = (
            f"HTTP/1.1 {status_line}\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _hang_up(self, reason: RefusalReason) -> None:
        self._disarm()
        self.door.refused.count(reason)
        self.drop()

    def _arm(self, seconds: float, action: Callable[[], None]) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(seconds, action)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
