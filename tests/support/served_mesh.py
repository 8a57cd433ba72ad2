"""A mesh whose eleven doors really listen: mutual TLS on loopback, a loop in a thread of its own.

Whoever stands outside asks with a real certificate. The four organisations themselves still ask
each other over the test network: their own lines are proved elsewhere.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests
import uvloop
from requests.adapters import HTTPAdapter

from deploy.connections import access_to, certificate_of
from deploy.home import Home
from deploy.installation import Installation, free_ports
from shared.kit.serving import ListeningDoor, quiet_logs, serve
from shared.kit.tls import server_context
from shared.wire.doors import DOORS, DoorPlace, door_place
from tests.support.databases import Databases
from tests.support.mesh import TestMesh, make_mesh

T = TypeVar("T")
PATIENCE_SECONDS = 300.0
"""Machine time after which something hangs; days of a town pass in one step."""


class Background:
    """A thread with a running event loop; steps are run on it, one after the other."""

    def __init__(self) -> None:
        self.loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, step: Coroutine[Any, Any, T]) -> T:
        """Run a step to its end and return what it returns."""
        return self.start(step).result(PATIENCE_SECONDS)

    def start(self, step: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin a step."""
        return asyncio.run_coroutine_threadsafe(step, self.loop)

    def close(self) -> None:
        """Stop the loop."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self.loop.close()


class _ToOneServer(HTTPAdapter):
    """Connects to loopback and demands that the certificate there bears a server's name."""

    def __init__(self, server_name: str) -> None:
        self._server_name = server_name
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        name = self._server_name
        super().init_poolmanager(*args, server_hostname=name, assert_hostname=name, **more)


@dataclass
class ServedMesh:
    """The mesh, the loop it lives on, and one session for each caller at each door."""

    background: Background
    mesh: TestMesh
    _sessions: dict[tuple[str | None, str], requests.Session] = field(default_factory=dict)

    def url(self, place: DoorPlace) -> str:
        """Return where a door listens."""
        return self.mesh.installation.address(place)

    def session(self, caller: str | None, service: str, door: str) -> requests.Session:
        """Return a session that shows the caller's certificate; None: a public door, without."""
        place = door_place(service, door)
        key = (caller, f"{service}.{door}")
        if key not in self._sessions:
            self._sessions[key] = self._open(caller, place)
        return self._sessions[key]

    def _open(self, caller: str | None, place: DoorPlace) -> requests.Session:
        home, made = self.mesh.installation.home, requests.Session()
        made.trust_env = False
        made.headers.clear()
        made.verify = str(home.authority(place.network))
        if caller is not None:
            files = certificate_of(home, place.network, caller)
            made.cert = (str(files.certificate), str(files.key))
        made.mount("https://", _ToOneServer(place.server_name))
        return made

    def close(self) -> None:
        """Close every session."""
        for each in self._sessions.values():
            each.close()


def _listening(mesh: TestMesh) -> list[ListeningDoor]:
    home, ports = mesh.installation.home, mesh.installation.ports
    doors = []
    for place in DOORS:
        files = home.certificate(place.network, place.service.replace("_", "-"))
        authority = home.authority(place.network) if place.mutual else None
        context = server_context(files.certificate, files.key, authority)
        name = f"{place.service}.{place.name}"
        app = mesh.network.door((place.service, place.name))
        doors.append(ListeningDoor(name, app, "127.0.0.1", ports[name], context))
    return doors


@contextmanager
def doors_open(background: Background, mesh: TestMesh) -> Iterator[None]:
    """Let every door listen while the block runs, and drain them after it."""
    opened = threading.Event()

    async def begin() -> tuple[asyncio.Event, asyncio.Task[None]]:
        async def started(_: Mapping[str, tuple[str, int]]) -> None:
            opened.set()

        quiet_logs()
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(_listening(mesh), stop=stop, on_started=started))
        return stop, serving

    stop, serving = background.run(begin())

    async def end() -> None:
        stop.set()
        await serving

    try:
        assert opened.wait(PATIENCE_SECONDS), "the doors did not open"
        yield
    finally:
        background.run(end())


@contextmanager
def served_mesh(databases: Databases, folder: Path) -> Iterator[ServedMesh]:
    """Make a mesh with open doors. Everybody outside reaches it over TLS, as `mesh` itself does."""
    background = Background()
    try:
        Installation(Home(folder / "mesh")).prepare(free_ports())
        mesh = background.run(make_mesh(databases, folder))
        in_process = mesh.access
        with doors_open(background, mesh):
            made = ServedMesh(background, mesh)
            mesh.access = access_to(mesh.installation)
            yield made
            made.close()
            background.run(mesh.access.close())
        mesh.access = in_process
        background.run(mesh.close())
        background.run(databases.close())
    finally:
        background.close()
