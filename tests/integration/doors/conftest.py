"""Real doors on loopback, served in a thread of their own, and certificates made for them."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import uvloop

from deploy.home import Home
from deploy.pki import Purpose, issue, make_pki
from shared.kit.clock import machine_now
from shared.kit.peer_names import DROP_SCOPE_KEY, Network, caller_in
from shared.kit.serving import DoorLimits, ListeningDoor, quiet_logs, serve
from shared.kit.tls import DoorContext, client_context, server_context

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Home:
    """Return a home with every authority and certificate, and two bad ones on the leased line."""
    made = Home(tmp_path_factory.mktemp("doors") / "home").prepare()
    make_pki(made)
    now = machine_now()
    issue(
        made,
        Network.LEASED_LINE,
        "ward-131041-terminal-01",
        purpose=Purpose.CALLER,
        not_before=now - timedelta(days=2),
        not_after=now - timedelta(days=1),
        file_name="expired",
    )
    issue(
        made,
        Network.LEASED_LINE,
        "ward-131041-terminal-01",
        purpose=Purpose.SERVER,
        file_name="server-as-client",
    )
    return made


@dataclass
class Recorder:
    """A small application that tells who called, and remembers that it was reached."""

    requests: list[str] = field(default_factory=list)
    entered: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    finished: list[str] = field(default_factory=list)

    async def __call__(self, scope, receive, send) -> None:
        self.requests.append(scope["path"])
        self.entered.set()
        if scope["path"] == "/drop":
            await read_body(receive)
            scope[DROP_SCOPE_KEY]()
            return
        if scope["path"] == "/wait":
            await asyncio.to_thread(self.release.wait, 5)
        if scope["path"] != "/no-read":
            await read_body(receive)
        caller = caller_in(scope)
        body = json.dumps(
            {
                "name": caller.name if caller else None,
                "network": caller.network if caller else None,
                "thumbprint": caller.thumbprint if caller else None,
                "municipality": caller.municipality if caller else None,
            }
        ).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        self.finished.append(scope["path"])


async def read_body(receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return body


@dataclass
class Running:
    """Doors that are being served, and how to stop them."""

    addresses: dict[str, tuple[str, int]]
    stop: Callable[[], None]
    thread: threading.Thread
    closed: threading.Event

    def url(self, door: str, path: str = "/") -> str:
        host, port = self.addresses[door]
        return f"https://{host}:{port}{path}"


@pytest.fixture
def serve_doors() -> Iterator[Callable[..., Running]]:
    """Serve doors in a thread until the test ends."""
    running: list[Running] = []

    def start(doors: Sequence[ListeningDoor], loop: str = "uvloop") -> Running:
        started, closed = threading.Event(), threading.Event()
        found: dict[str, object] = {}

        async def on_started(addresses) -> None:
            found["addresses"] = dict(addresses)
            started.set()

        async def on_closed() -> None:
            closed.set()

        async def main() -> None:
            quiet_logs()
            event, own_loop = asyncio.Event(), asyncio.get_running_loop()
            found["stop"] = lambda: own_loop.call_soon_threadsafe(event.set)
            await serve(doors, stop=event, on_started=on_started, on_closed=on_closed)

        def target() -> None:
            with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
                runner.run(main())

        thread = threading.Thread(target=target, daemon=True)
        thread.start()
        assert started.wait(5), "the doors did not open"
        result = Running(found["addresses"], found["stop"], thread, closed)
        running.append(result)
        return result

    yield start
    for each in running:
        if each.thread.is_alive():
            each.stop()
        each.thread.join(10)
        assert not each.thread.is_alive(), "the doors did not close"


def door_context(home: Home, network: Network, name: str, *, mutual: bool = True) -> DoorContext:
    files = home.certificate(network, name)
    authority = home.authority(network) if mutual else None
    return server_context(files.certificate, files.key, authority)


def make_door(
    home: Home,
    app: Callable[..., Awaitable[None]],
    *,
    network: Network = Network.LEASED_LINE,
    server: str = "payment-provider",
    mutual: bool = True,
    limits: DoorLimits | None = None,
    **more,
) -> ListeningDoor:
    """Return a door of one server on one network; its name is the network's."""
    context = door_context(home, network, server, mutual=mutual)
    return ListeningDoor(str(network), app, "127.0.0.1", 0, context, limits or DoorLimits(), **more)


def make_client(
    home: Home,
    caller: str | None = "ward-131041-terminal-01",
    *,
    network: Network = Network.LEASED_LINE,
    trusting: Network | None = None,
) -> httpx2.Client:
    """Return a client with one caller's certificate, trusting one network's authority."""
    certificate: Path | None = None
    key: Path | None = None
    if caller is not None:
        files = home.certificate(network, caller)
        certificate, key = files.certificate, files.key
    context = client_context(home.authority(trusting or network), certificate, key)
    return httpx2.Client(verify=context, timeout=5, trust_env=False)


def sni(name: str = "payment-provider", network: str = "leased-line") -> dict[str, str]:
    """Return the request extension that demands the peer's name."""
    return {"sni_hostname": f"{name}.{network}.mesh.test"}


def open_tls(home: Home, address) -> ssl.SSLSocket:
    files = home.certificate(Network.LEASED_LINE, "ward-131041-terminal-01")
    context = client_context(home.authority(Network.LEASED_LINE), files.certificate, files.key)
    raw = socket.create_connection(address, timeout=5)
    return context.wrap_socket(raw, server_hostname=sni()["sni_hostname"])


def read_answer(tls: ssl.SSLSocket) -> bytes:
    """Read one answer of the Recorder: its body ends with a brace."""
    received = b""
    while not received.endswith(b"}"):
        received += tls.recv(4096)
    return received


def read_all(tls: ssl.SSLSocket) -> bytes:
    received = b""
    while chunk := tls.recv(4096):
        received += chunk
    return received


def until(happened: Callable[[], bool], seconds: float = 5) -> bool:
    """Look until something has happened on the server's side, or the time is over."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
