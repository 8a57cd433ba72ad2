"""Is the mesh ready? Every peer question asked as a function, through the door and over TLS.

A port that listens proves nothing: the answer to GET /whoami does.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass
from typing import Any, Final

from deploy.installation import BANKS, LOOPBACK, STAFF, TERMINAL, Installation
from deploy.processes import ProcessBook
from shared.kit.clock import machine_now
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.kit.peer_names import Network
from shared.kit.tls import certificate_days_left
from shared.wire.doors import DOORS, OPERATOR_ARROWS, SERVICES, WHOAMI, DoorPlace
from simulation.access import Access

READY_WITHIN_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.2
OUTSIDE_CALLERS: Final[dict[Network, str | None]] = {
    Network.LGWAN: TERMINAL,
    Network.MPN: f"bank-{BANKS[0]}",
    Network.INTRANET: STAFF["clerk"][0],
    Network.OPERATOR: "operator",
    Network.PUBLIC: None,
}


class NotReadyError(RuntimeError):
    """The mesh did not become ready in time."""


@dataclass(frozen=True)
class DoorStatus:
    """One door, and how many days its certificate lasts."""

    service: str
    door: str
    address: str
    reachable: bool
    certificate_days_left: int


@dataclass(frozen=True)
class PeerStatus:
    """One peer question and its answer."""

    caller: str
    peer: str
    question: str
    ok: bool
    milliseconds: int
    detail: str


@dataclass(frozen=True)
class MeshStatus:
    """What `mesh status` says."""

    ready: bool
    services: list[dict[str, Any]]
    doors: list[DoorStatus]
    peers: list[PeerStatus]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


async def read_status(installation: Installation, access: Access) -> MeshStatus:
    """Ask every question once, side by side."""
    book = ProcessBook(installation.home)
    records = {service: book.find(service) for service in SERVICES}
    services = [
        {"service": service, "pid": record.pid if record else None}
        for service, record in records.items()
    ]
    outside = await asyncio.gather(*(_ask_door(access, place) for place in DOORS))
    inside = await asyncio.gather(*(_ask_peers(access, service) for service in SERVICES))
    doors = [
        _door_status(installation, place, reachable=answer.ok)
        for place, answer in zip(DOORS, outside, strict=True)
    ]
    peers = [*outside, *(check for checks in inside for check in checks)]
    ready = all(s["pid"] for s in services) and all(p.ok for p in peers)
    return MeshStatus(ready, services, doors, peers)


def _door_status(installation: Installation, place: DoorPlace, *, reachable: bool) -> DoorStatus:
    host = place.service.replace("_", "-")
    files = installation.home.certificate(place.network, host)
    try:
        days = certificate_days_left(files.certificate, machine_now())
    except OSError:
        days = 0
    port = installation.ports[f"{place.service}.{place.name}"]
    return DoorStatus(place.service, place.name, f"{LOOPBACK}:{port}", reachable, days)


async def _ask_door(access: Access, place: DoorPlace) -> PeerStatus:
    """Ask GET /whoami at a door as one of its callers."""
    caller = OUTSIDE_CALLERS.get(place.network)
    if place.network is Network.LEASED_LINE:
        caller = TERMINAL if place.service == "payment_provider" else "payment-provider"
    arrow = WHOAMI[place.service, place.name]
    started, ok, detail = time.perf_counter(), True, "answered"
    try:
        seen = await access.at(caller, arrow).ask(arrow)
        detail = f"seen as {seen.caller}"
    except (PeerNotDone, PeerOutcomeUnknown, PeerRefused, OSError) as error:
        ok, detail = False, f"{type(error).__name__}: {error}"
    spent = round((time.perf_counter() - started) * 1000)
    name = f"{place.service}.{place.name}"
    return PeerStatus(caller or "payer", name, f"GET {arrow.path}", ok, spent, detail)


async def _ask_peers(access: Access, service: str) -> list[PeerStatus]:
    """Let a service ask its own peers, by its operator door."""
    arrow = OPERATOR_ARROWS[service].peers
    try:
        answer = await access.at("operator", arrow).ask(arrow)
    except (PeerNotDone, PeerOutcomeUnknown, PeerRefused, OSError) as error:
        detail = f"{type(error).__name__}: {error}"
        return [
            PeerStatus(service, "its peers", "GET /peers", ok=False, milliseconds=0, detail=detail)
        ]
    return [PeerStatus(**check.model_dump()) for check in answer.checks]


async def wait_until_ready(
    installation: Installation, access: Access, *, within_seconds: float = READY_WITHIN_SECONDS
) -> MeshStatus:
    """Ask again and again until everything answers; NotReadyError names what does not."""
    deadline = time.monotonic() + within_seconds
    while True:
        status = await read_status(installation, access)
        if status.ready:
            return status
        if time.monotonic() > deadline:
            silent = "; ".join(
                f"{p.caller} -> {p.peer}: {p.detail}" for p in status.peers if not p.ok
            )
            raise NotReadyError(f"not ready after {within_seconds:.0f} s: {silent}")
        await asyncio.sleep(PAUSE_SECONDS)


async def service_is_ready(
    installation: Installation, access: Access, service: str, *, within_seconds: float = 30.0
) -> MeshStatus:
    """Wait until one service's own doors answer (its peers may stand elsewhere)."""
    deadline = time.monotonic() + within_seconds
    while True:
        status = await read_status(installation, access)
        if all(door.reachable for door in status.doors if door.service == service):
            return status
        if time.monotonic() > deadline:
            raise NotReadyError(f"{service} did not open its doors in {within_seconds:.0f} s")
        await asyncio.sleep(PAUSE_SECONDS)
