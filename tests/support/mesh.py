"""All four organisations in one process, over the test network, each with a fresh database.

The same settings, resources and doors as in real processes; only TLS and sockets are left out.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from deploy.home import Home
from deploy.installation import BANKS, MUNICIPALITY, REMITTERS, STAFF, TERMINAL, Installation
from deploy.mesh_plan import put_users
from shared.kit.clock import MeshClock, tokyo_time
from shared.kit.peer import PeerClient
from shared.wire.doors import DOORS, SERVICES, door_place
from simulation.access import Access, Password
from simulation.banks import Gathering
from simulation.books import Books
from simulation.rehearsal import FIRST_DAY, Rehearsal
from tests.support.databases import Databases
from tests.support.network import TestNetwork

PEERS = {
    "payment_provider": {"card_agent": ("payment-provider", "card_agent", "leased_line")},
    "card_agent": {},
    "lgwan_asp": {},
    "ward_gateway": {
        "leased_line": (TERMINAL, "payment_provider", "leased_line"),
        "lgwan": (TERMINAL, "lgwan_asp", "lgwan"),
    },
}


class NoProgress:
    """Shows nothing."""

    def stage(self, name: str, total: int) -> None:
        """Ignore it."""

    def step(self, count: int = 1) -> None:
        """Ignore it."""


@dataclass
class TestMesh:
    """The mesh of one test."""

    __test__ = False
    network: TestNetwork
    installation: Installation
    access: Access
    books: Books
    resources: dict[str, Any] = field(default_factory=dict)
    refit: Callable[[str, Any], Any] = lambda _, resources: resources
    """What a test changes in the resources of each new process: its patience, say."""

    def rehearsal(self) -> Rehearsal:
        """Return a walk over this mesh."""
        gathering, counters = (Gathering(*REMITTERS[name]) for name in ("payeasy", "bank_counter"))
        return Rehearsal(self.access, self.books, gathering, counters, BANKS, NoProgress())

    def restart(self, service: str, engine: Any) -> None:
        """Put a new process's memory behind a service's doors: what was only in memory is gone."""
        self.resources[service] = build(self, service, engine)
        open_doors(self, service)

    async def close(self) -> None:
        """Close every client and engine."""
        self.books.close()
        await self.access.close()
        for resources in self.resources.values():
            await resources.close()


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables for a moment: settings are read as a real process reads them."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def open_books(folder: Path, kind: type[Books] = Books) -> Books:
    """Open the outside's books; nothing kills who holds them, so no disk is waited for.

    What happens to them when a process dies is shown where one does: by the demo that is killed.
    """
    books = kind(folder / "outside.sqlite")
    books._database.executescript("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;")
    return books


def connector(network: TestNetwork) -> Any:
    """Return how anybody reaches a door of the test network."""

    def connect(caller: str | None, service: str, door: str) -> PeerClient:
        return network.client(caller, service, door, door_place(service, door).network)

    return connect


def build(mesh: TestMesh, service: str, engine: Any) -> Any:
    """Build a service's resources as its own __main__ does, but for TLS and the engine."""
    settings_type = importlib.import_module(f"services.{service}.settings").Settings
    build_resources = importlib.import_module(f"services.{service}.resources").build_resources
    connect = connector(mesh.network)
    clients = {name: connect(*place) for name, place in PEERS[service].items()}
    with environment(mesh.installation.environment(service, "postgresql+asyncpg://unused")):
        settings = settings_type()
    clock = MeshClock(tokyo_time(FIRST_DAY))
    if service in mesh.resources:
        clock = mesh.resources[service].foundation.clock
    built = build_resources(settings, engine=engine, clock=clock, peer_clients=clients)
    return mesh.refit(service, built)


def open_doors(mesh: TestMesh, service: str) -> None:
    """Open every door of a service."""
    create_app = importlib.import_module(f"services.{service}.app").create_app
    for place in DOORS:
        if place.service == service:
            make = partial(create_app, mesh.resources[service], place.name)
            mesh.network.join_when_asked(service, place.name, make)


async def make_mesh(
    databases: Databases,
    folder: Path,
    *,
    network: TestNetwork | None = None,
    refit: Callable[[str, Any], Any] | None = None,
) -> TestMesh:
    """Make the whole mesh: contracts, keys, databases, doors, users."""
    installation = Installation(Home(folder / "mesh")).prepare()
    network = network or TestNetwork()
    staff = {
        role: (terminal, Password(user, installation.password_of("ward_gateway", user)))
        for role, (terminal, user) in STAFF.items()
    }
    access = Access(connector(network), staff, MUNICIPALITY, patience_seconds=8.0)
    mesh = TestMesh(network, installation, access, open_books(folder))
    if refit is not None:
        mesh.refit = refit
    for service in SERVICES:
        mesh.resources[service] = build(mesh, service, await databases.engine(service))
        open_doors(mesh, service)
    await put_users(installation, access)
    return mesh
