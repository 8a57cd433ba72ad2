"""One process serves every door of its service: uvicorn, uvloop and httptools, named explicitly.

Knows when to open and close, and who owns the signals; no route, no organisation, no resource.
"""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, TypeAlias

import uvicorn
import uvloop
from uvicorn.lifespan.off import LifespanOff

from shared.kit.door_protocol import (
    CLOSE_NOTIFY_SECONDS,
    AsgiApp,
    DoorLimits,
    DoorProtocol,
    ListeningDoor,
    Receive,
    Scope,
    Send,
    problem_body,
)

__all__ = [
    "BoundDoors",
    "DoorLimits",
    "ListeningDoor",
    "bind",
    "quiet_logs",
    "refuse_when_overloaded",
    "run",
    "serve",
    "stop_on_signals",
]

Step: TypeAlias = Callable[[], Awaitable[None]]
BoundDoors: TypeAlias = Mapping[str, tuple[str, int]]
OnStarted: TypeAlias = Callable[[BoundDoors], Awaitable[None]]

BACKLOG: Final = 1024
_CORRELATION = re.compile(rb"[0-9A-Za-z-]{1,64}")


def refuse_when_overloaded(app: AsgiApp, requests_at_once: int) -> AsgiApp:
    """Wrap a door's application: past the limit a request is answered 503 `overloaded`.

    That code promises that nothing was recorded (DESIGN rule 3), so it is said before the
    application sees the request.
    """
    running = 0

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal running
        if running >= requests_at_once:
            await _send_overloaded(scope, send)
            return
        running += 1
        try:
            await app(scope, receive, send)
        finally:
            running -= 1

    return limited


async def _send_overloaded(scope: Scope, send: Send) -> None:
    correlation = dict(scope["headers"]).get(b"correlation-id", b"")
    shown = correlation.decode() if _CORRELATION.fullmatch(correlation) else "-"
    body = problem_body(
        503, "overloaded", "Too many requests at once; nothing was recorded.", shown
    )
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", b"1"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _DoorServer(uvicorn.Server):
    """One door's server: started, ticked and drained from here, without signals or a lifespan."""

    def __init__(self, door: ListeningDoor) -> None:
        self.door = door
        super().__init__(
            uvicorn.Config(
                refuse_when_overloaded(door.app, door.limits.requests_at_once),
                http=DoorProtocol,
                ws="none",
                loop="uvloop",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=door.limits.keep_alive_seconds,
                timeout_graceful_shutdown=door.limits.drain_seconds,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen on sockets that are bound already, with time limits on the TLS layer."""
        self.config.load()
        self.lifespan = LifespanOff(self.config)
        self.servers = [
            await asyncio.get_running_loop().create_server(
                self._protocol,
                sock=each,
                ssl=self.door.ssl_context,
                backlog=BACKLOG,
                ssl_handshake_timeout=self.door.limits.handshake_seconds,
                ssl_shutdown_timeout=CLOSE_NOTIFY_SECONDS,
            )
            for each in sockets or []
        ]
        self.started = True

    def _protocol(self) -> DoorProtocol:
        return DoorProtocol(
            self.config, self.server_state, {}, asyncio.get_running_loop(), door=self.door
        )


def bind(host: str, port: int) -> socket.socket:
    """Return a bound TCP socket; port 0 takes a free one. A taken port is an OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.setblocking(False)  # noqa: FBT003 - the socket module's own signature
    except OSError:
        bound.close()
        raise
    return bound


async def serve(
    doors: Sequence[ListeningDoor],
    *,
    stop: asyncio.Event | None = None,
    on_started: OnStarted | None = None,
    on_closed: Step | None = None,
) -> None:
    """Serve all doors until `stop` is set (or SIGTERM/SIGINT, where no `stop` is given).

    Every port is bound before the first door listens: one taken port is an OSError and nothing
    has started. on_started hears where each door listens; on_closed runs after every door has
    drained, also when something failed.
    """
    asked_to_stop = stop or stop_on_signals()
    sockets: list[socket.socket] = []
    servers: list[_DoorServer] = []
    ticking: list[asyncio.Task[None]] = []
    try:
        sockets.extend(bind(door.host, door.port) for door in doors)
        for door, bound in zip(doors, sockets, strict=True):
            servers.append(_DoorServer(door))
            await servers[-1].startup([bound])
        ticking = [asyncio.create_task(server.main_loop()) for server in servers]
        if on_started is not None:
            await on_started(_addresses(doors, sockets))
        await asked_to_stop.wait()
    finally:
        try:
            await _drain(servers, ticking)
        finally:
            for bound in sockets:
                bound.close()
            if on_closed is not None:
                await on_closed()


def _addresses(doors: Sequence[ListeningDoor], sockets: Sequence[socket.socket]) -> BoundDoors:
    names = [bound.getsockname() for bound in sockets]
    return {
        door.name: (str(name[0]), int(name[1])) for door, name in zip(doors, names, strict=True)
    }


async def _drain(servers: Sequence[_DoorServer], ticking: Sequence[asyncio.Task[None]]) -> None:
    """Close every listener at once, let running requests finish, then end the connections."""
    for task in ticking:
        task.cancel()  # they only keep the date header fresh
    await asyncio.gather(*ticking, return_exceptions=True)
    await asyncio.gather(*(server.shutdown() for server in servers if server.started))


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM or SIGINT sets: the process owns its signals, no door does."""
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, asked_to_stop.set)
    return asked_to_stop


def run(
    doors: Callable[[], Awaitable[Sequence[ListeningDoor]]],
    *,
    on_started: OnStarted | None = None,
    on_closed: Step | None = None,
) -> None:
    """Run a service's process on uvloop until SIGTERM or SIGINT.

    `doors` is awaited in the running loop: it opens the resources and returns the doors. If it
    fails, on_closed still runs, to close what was opened.
    """

    async def main() -> None:
        quiet_logs()
        stop = stop_on_signals()
        try:
            opened = await doors()
        except BaseException:
            if on_closed is not None:
                await on_closed()
            raise
        await serve(opened, stop=stop, on_started=on_started, on_closed=on_closed)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, suppress(KeyboardInterrupt):
        runner.run(main())


def quiet_logs() -> None:
    """Hold back what libraries tell about every connection; warnings still come through."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
