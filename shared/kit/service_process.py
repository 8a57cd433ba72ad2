"""A service as one process: doors, clock, scheduler; opened together, closed after all doors."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from shared.kit.clock import ClockMode
from shared.kit.clock_row import read_clock
from shared.kit.door_protocol import AsgiApp
from shared.kit.foundation import Foundation
from shared.kit.jobs import Registry, run_scheduler
from shared.kit.logs import logger, set_up_logs
from shared.kit.service_settings import DoorSettings
from shared.kit.serving import BoundDoors, ListeningDoor, run
from shared.kit.tls import server_context

GARBAGE_THRESHOLDS = (20_000, 20, 50)


class ServiceResources(Protocol):
    """What a process needs of a service's resources."""

    @property
    def foundation(self) -> Foundation:
        """Return the common part."""
        ...

    async def start(self) -> None:
        """Finish what an earlier process left behind; called before the doors open."""
        ...

    async def close(self) -> None:
        """Close clients and engine."""
        ...


def run_service(
    resources: ServiceResources,
    create_app: Callable[[Any, str], AsgiApp],
    doors: Mapping[str, DoorSettings],
    jobs: Registry,
) -> None:
    """Serve every door of one organisation until SIGTERM or SIGINT."""
    foundation = resources.foundation
    set_up_logs(foundation.service, foundation.clock)
    scheduler: list[asyncio.Task[None]] = []

    def clock_runs() -> bool:
        clock = foundation.mesh_clock
        return clock is None or clock.mode is ClockMode.RUNNING

    async def opened() -> Sequence[ListeningDoor]:
        if foundation.mesh_clock is not None:
            await read_clock(foundation.engine, foundation.tables.clock, foundation.mesh_clock)
        await resources.start()
        listening = [
            _door(name, place, create_app(resources, name)) for name, place in doors.items()
        ]
        for door in listening:
            foundation.refused_connections[door.name] = door.refused
        return listening

    async def started(places: BoundDoors) -> None:
        work = run_scheduler(
            jobs, resources, foundation.engine, foundation.clock, is_running=clock_runs
        )
        scheduler.append(asyncio.create_task(work))
        settle_memory()
        logger().info("doors_open", doors={name: port for name, (_, port) in places.items()})

    async def closed() -> None:
        for task in scheduler:
            task.cancel()
        await asyncio.gather(*scheduler, return_exceptions=True)
        await resources.close()

    run(opened, on_started=started, on_closed=closed)


def settle_memory() -> None:
    """Let the collector pass over what was imported, and look less often at what requests leave."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


def _door(name: str, place: DoorSettings, app: AsgiApp) -> ListeningDoor:
    context = server_context(place.certificate, place.key, place.client_authority)
    return ListeningDoor(name, app, place.host, place.port, context)
