"""`mesh up`, `down`, `status`, `reset`: the life of the processes of one home."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from deploy.cli.console import ERRORS, OUT, say_json
from deploy.cli.options import DEMO, HomeOption, JsonOption, home_of
from deploy.home import Home
from deploy.installation import Installation
from deploy.processes import ProcessBook, stop_owned
from deploy.supervisor import running_supervisor, start_detached, stop_detached
from shared.wire.doors import SERVICES

if TYPE_CHECKING:
    from deploy.readiness import MeshStatus

OnlyOption = Annotated[
    str | None, typer.Option("--only", help=f"Start one service alone: {', '.join(SERVICES)}.")
]
ForegroundOption = Annotated[
    bool, typer.Option("--foreground", help="Stay in the foreground; Ctrl-C stops the mesh.")
]


def up(
    home: HomeOption = None,
    *,
    only: OnlyOption = None,
    foreground: ForegroundOption = False,
    as_json: JsonOption = False,
) -> None:
    """Start the mesh and return once every peer question is answered."""
    if only is not None and only not in SERVICES:
        raise typer.BadParameter(f"there is no service {only}; there are {', '.join(SERVICES)}")
    place = home_of(home)
    if running_supervisor(place) is not None:
        ERRORS.print("The mesh is up already.")
        status = asyncio.run(_status(place))
        _report(status, as_json=as_json)
        raise typer.Exit(0 if status.ready or only else 1)
    plan = f"deploy.mesh_plan:supervise_{only}" if only else "deploy.mesh_plan:supervise"
    if foreground:
        _stay(place, plan)
        return
    process = start_detached(place, plan)
    try:
        status = asyncio.run(_until_up(place, process.poll, only))
    except RuntimeError as error:
        stop_detached(place)
        ERRORS.print(f"[red]The mesh did not start:[/red] {error}")
        ERRORS.print(f"See {place.log('supervisor')} and the services' logs beside it.")
        raise typer.Exit(1) from error
    _report(status, as_json=as_json)


def down(home: HomeOption = None, *, as_json: JsonOption = False) -> None:
    """Stop the mesh; its data stays."""
    place = home_of(home)
    was_up = stop_detached(place)
    stopped = stop_owned(place)
    if as_json:
        say_json({"was_up": was_up or bool(stopped)})
    else:
        OUT.print("The mesh is down." if was_up or stopped else "The mesh was not up.")


def status(home: HomeOption = None, *, as_json: JsonOption = False) -> None:
    """Ask every door and every peer whether it answers; exit code 0 only if all do."""
    place = home_of(home)
    if not place.secret("ports.json").exists():
        empty = {"ready": False, "services": [], "doors": [], "peers": []}
        if as_json:
            say_json(empty)
        else:
            ERRORS.print("There is no mesh in this home: `mesh up` makes one.")
        raise typer.Exit(1)
    found = asyncio.run(_status(place))
    _report(found, as_json=as_json)
    raise typer.Exit(0 if found.ready else 1)


def reset(home: HomeOption = None, *, as_json: JsonOption = False) -> None:
    """Stop the mesh and remove everything that it made, the database included."""
    place = home_of(home)
    stop_detached(place)
    stop_owned(place)
    stop_owned(Home(place.path / DEMO))
    removed = [str(path) for path in place.reset()] if place.path.is_dir() else []
    if as_json:
        say_json({"removed": removed})
    else:
        OUT.print("Removed everything." if removed else "There was nothing to remove.")


async def _status(place: Home) -> MeshStatus:
    from deploy.connections import access_to
    from deploy.readiness import read_status

    installation = Installation(place)
    access = access_to(installation)
    try:
        return await read_status(installation, access)
    finally:
        await access.close()


async def _until_up(place: Home, poll: object, only: str | None) -> MeshStatus:
    """Wait for the supervisor to set everything up and for every question to be answered."""
    from deploy.connections import access_to
    from deploy.mesh_plan import put_users
    from deploy.readiness import READY_WITHIN_SECONDS, service_is_ready, wait_until_ready

    deadline = time.monotonic() + READY_WITHIN_SECONDS
    wanted = (only,) if only else SERVICES
    book = ProcessBook(place)
    while not all(book.find(service) for service in wanted):
        if callable(poll) and poll() is not None:
            raise RuntimeError("the supervisor ended early")
        if time.monotonic() > deadline:
            raise RuntimeError("the services' processes were not started in time")
        await asyncio.sleep(0.1)
    installation = Installation(place)
    access = access_to(installation)
    try:
        if only:
            return await service_is_ready(installation, access, only)
        status = await wait_until_ready(installation, access)
        await put_users(installation, access)
        return status
    finally:
        await access.close()


def _stay(place: Home, plan: str) -> None:
    from deploy.supervisor import load_plan, supervise

    ERRORS.print("The mesh runs in the foreground; Ctrl-C stops it.")
    asyncio.run(supervise(place.prepare(), load_plan(plan)))


def _report(status: MeshStatus, *, as_json: bool) -> None:
    if as_json:
        say_json(status.as_dict())
        return
    doors = Table("Service", "Door", "Address", "Reachable", "Certificate, days left")
    for door in status.doors:
        reachable = "[green]yes[/green]" if door.reachable else "[red]no[/red]"
        days = str(door.certificate_days_left)
        doors.add_row(door.service, door.door, door.address, reachable, days)
    peers = Table("Caller", "Peer", "Question", "Answered", "ms", "Detail")
    for peer in status.peers:
        answered = "[green]yes[/green]" if peer.ok else "[red]no[/red]"
        peers.add_row(
            peer.caller, peer.peer, peer.question, answered, str(peer.milliseconds), peer.detail
        )
    OUT.print(doors, peers, "Ready." if status.ready else "[red]Not ready.[/red]")
