"""The operator door, the same in every organisation: health, clock, jobs, users, peers, history.

In the sandbox it also plans faults. Knows no record and no job of any organisation.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from sqlalchemy import select

from shared.kit.arrow import AnyArrow
from shared.kit.clock import ClockMode, machine_now
from shared.kit.clock_row import move_clock
from shared.kit.door_app import Door, mount_whoami
from shared.kit.faults import Fault
from shared.kit.foundation import Foundation
from shared.kit.jobs import JobUnknown, Registry, run_job
from shared.kit.logins import User, put_user
from shared.kit.peer import PeerClient
from shared.kit.problems import SandboxOnly
from shared.kit.standard_arrows import (
    NO_NUL,
    ClockReading,
    FaultPlanned,
    Health,
    HistoryLine,
    HistoryLines,
    JobListed,
    JobRan,
    JobsListed,
    JobsRan,
    MoveClock,
    OperatorArrows,
    PeerCheck,
    PeerChecks,
    PlanFault,
    PutUser,
    RefusedConnections,
    RunJobs,
    UserPut,
)

HISTORY_LINES_MAX = 1000
UserId = Annotated[str, Path(max_length=64, pattern=r"^[0-9A-Za-z._-]+$")]
Key = Annotated[str, Path(max_length=200, pattern=NO_NUL)]
Resolve = Callable[[str], Awaitable[Sequence[str]]]


@dataclass(frozen=True)
class Peer:
    """A peer of this organisation and the question that proves it answers."""

    name: str
    client: PeerClient
    whoami: AnyArrow


@dataclass(frozen=True)
class Operated:
    """What the operator door needs of a service beyond its foundation.

    resolve: leads from any key (an id, a barcode, a payment number) to the ids of our records.
    """

    jobs: Registry
    peers: Mapping[str, Peer]
    resolve: Resolve


def mount_operator(door: Door, arrows: OperatorArrows, operated: Operated, resources: Any) -> None:
    """Mount every standard operator arrow of one organisation."""
    foundation = door.foundation
    mount_whoami(door, arrows.whoami)
    _mount_health(door, arrows, foundation)
    _mount_clock(door, arrows, foundation)
    _mount_jobs(door, arrows, operated, resources)
    _mount_users(door, arrows, foundation)
    _mount_peers(door, arrows, operated, foundation)
    _mount_history(door, arrows, operated, foundation)
    _mount_faults(door, arrows, foundation)


def _mount_health(door: Door, arrows: OperatorArrows, foundation: Foundation) -> None:
    async def get_health() -> Health:
        return Health(
            organisation=foundation.service,
            sandbox=foundation.sandbox,
            business_at=foundation.clock.now(),
            machine_at=machine_now(),
        )

    async def get_refused_connections() -> RefusedConnections:
        return RefusedConnections(
            doors={name: c.by_reason() for name, c in foundation.refused_connections.items()}
        )

    door.mount(arrows.health, get_health)
    door.mount(arrows.refused_connections, get_refused_connections)


def _mount_clock(door: Door, arrows: OperatorArrows, foundation: Foundation) -> None:
    def reading() -> ClockReading:
        clock = foundation.mesh_clock
        mode = clock.mode if clock else ClockMode.RUNNING
        return ClockReading(now=foundation.clock.now(), mode=mode)

    async def get_clock() -> ClockReading:
        return reading()

    async def put_clock(body: MoveClock) -> ClockReading:
        await _move(foundation, body.instant, body.mode)
        return reading()

    door.mount(arrows.read_clock, get_clock)
    door.mount(arrows.move_clock, put_clock)


async def _move(foundation: Foundation, instant: datetime, mode: ClockMode) -> None:
    """Move this organisation's clock, or refuse outside the sandbox."""
    clock = foundation.mesh_clock
    if clock is None:
        raise SandboxOnly
    await move_clock(foundation.engine, foundation.tables.clock, clock, instant, mode)


def _mount_jobs(door: Door, arrows: OperatorArrows, operated: Operated, resources: Any) -> None:
    async def get_jobs() -> JobsListed:
        return JobsListed(
            jobs=tuple(JobListed(name=j.name, about=j.about) for j in operated.jobs.values())
        )

    async def post_run(name: str) -> JobRan:
        if name not in operated.jobs:
            raise JobUnknown
        counts = await run_job(operated.jobs[name], resources, door.foundation.engine)
        return JobRan(name=name, counts=dict(counts))

    async def post_runs(body: RunJobs) -> JobsRan:
        if any(name not in operated.jobs for name in body.names):
            raise JobUnknown
        if body.instant is not None:
            await _move(door.foundation, body.instant, ClockMode.FROZEN)
        return JobsRan(ran=tuple([await post_run(name) for name in body.names]))

    door.mount(arrows.run_jobs, post_runs)
    door.mount(arrows.list_jobs, get_jobs)
    door.mount(arrows.run_job, post_run)


def _mount_users(door: Door, arrows: OperatorArrows, foundation: Foundation) -> None:
    async def put(user_id: UserId, body: PutUser) -> UserPut:
        user = User(user_id, body.door, body.municipality, frozenset(body.roles))
        await put_user(foundation.engine, foundation.tables.users, user, body.password)
        return UserPut(user_id=user_id)

    door.mount(arrows.put_user, put)


def _mount_peers(
    door: Door, arrows: OperatorArrows, operated: Operated, foundation: Foundation
) -> None:
    async def check(peer: Peer) -> PeerCheck:
        started, detail, ok = time.perf_counter(), "answered", True
        try:
            seen = await peer.client.ask(peer.whoami)
            detail = f"seen as {seen.caller}"
        except Exception as error:  # noqa: BLE001 - whatever failed is the answer to this question
            ok, detail = False, f"{type(error).__name__}: {error}"
        spent = round((time.perf_counter() - started) * 1000)
        question = f"{peer.whoami.method} {peer.whoami.path}"
        return PeerCheck(
            caller=foundation.service,
            peer=peer.name,
            question=question,
            ok=ok,
            milliseconds=spent,
            detail=detail,
        )

    async def get_peers() -> PeerChecks:
        return PeerChecks(checks=tuple([await check(p) for p in operated.peers.values()]))

    door.mount(arrows.peers, get_peers)


def _mount_history(
    door: Door, arrows: OperatorArrows, operated: Operated, foundation: Foundation
) -> None:
    history = foundation.tables.journal.history

    async def get_history(key: Key) -> HistoryLines:
        ids = {key, *await operated.resolve(key)}
        query = select(history).where(history.c.record_id.in_(ids))
        query = query.order_by(history.c.business_at, history.c.id).limit(HISTORY_LINES_MAX)
        async with foundation.engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return HistoryLines(lines=tuple(_line(foundation.service, row) for row in rows))

    door.mount(arrows.history, get_history)


def _line(service: str, row: Any) -> HistoryLine:
    at: datetime = row.business_at
    return HistoryLine(
        at=at,
        organisation=service,
        record=row.record,
        id=row.record_id,
        from_state=row.from_state,
        to_state=row.to_state,
        event=row.event,
    )


def _mount_faults(door: Door, arrows: OperatorArrows, foundation: Foundation) -> None:
    async def post_fault(body: PlanFault) -> FaultPlanned:
        foundation.faults.plan(Fault(body.arrow, body.moment, body.times))
        return FaultPlanned(arrow=body.arrow)

    door.mount(arrows.plan_fault, post_fault)
