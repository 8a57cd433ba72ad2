"""`mesh up`, `down`, `status`, `reset`: the life of the processes of one home."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.console import ERRORS, OUT, say_json
from deploy.cli.options import DEMO, HomeOption, JsonOption, home_of, remove_home

if TYPE_CHECKING:
    from deploy.home import Home
    from deploy.readiness import MeshStatus
    from deploy.supervisor import Supervisor

SERVICE_NAMES = ("card_agent", "payment_provider", "lgwan_asp", "ward_gateway")

OnlyOption = Annotated[
    str | None,
    typer.Option(
        "--only", metavar="SERVICE", help=f"Start one service alone: {', '.join(SERVICE_NAMES)}."
    ),
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
    """Start the mesh and return once every peer question is answered.

    The processes stay; once more says so and changes nothing. The clock stands still until
    `mesh clock` moves it.

    Example: mesh up
    """
    if only is not None and only not in SERVICE_NAMES:
        message = f"there is no service {only}; there are {', '.join(SERVICE_NAMES)}"
        raise typer.BadParameter(message, param_hint="--only")
    place = home_of(home)
    from deploy.supervisor import running_supervisor

    if running_supervisor(place) is not None:
        _demand_whole(place, only)
        ERRORS.print("The mesh is up already.")
        status = asyncio.run(_status(place))
        _report(status, as_json=as_json)
        raise typer.Exit(0 if status.ready or only else 1)
    _demand_free_ports(place)
    plan = f"deploy.mesh_plan:supervise_{only}" if only else "deploy.mesh_plan:supervise"
    if foreground:
        _stay(place, plan, only)
        return
    _report(_start(place, plan, only), as_json=as_json)


def _demand_whole(place: Home, only: str | None) -> None:
    """Refuse with only_part_is_up where a service is wanted that this mesh was not started with."""
    from deploy.processes import ProcessBook

    wanted = (only,) if only else SERVICE_NAMES
    missing = [service for service in wanted if ProcessBook(place).find(service) is None]
    if missing:
        detail = f"This mesh is up without {', '.join(missing)}: mesh down, then mesh up"
        raise Complaint("only_part_is_up", detail)


def _demand_free_ports(place: Home) -> None:
    """Refuse with port_in_use before anything is started."""
    from deploy.installation import Installation, ports_in_use

    taken = ports_in_use(Installation(place).planned_ports)
    if taken:
        listed = ", ".join(f"{port} ({door})" for door, port in taken.items())
        detail = (
            f"Another program listens on {listed}, perhaps the mesh of another home:"
            " stop it (mesh down --home DIR)"
        )
        raise Complaint("port_in_use", detail)


def _start(place: Home, plan: str, only: str | None) -> MeshStatus:
    """Start the supervisor and wait; whatever goes wrong, nothing stays behind."""
    from deploy.supervisor import start_detached, stop_detached

    process = start_detached(place, plan)
    try:
        return asyncio.run(_until_up(place, process.poll, only))
    except RuntimeError as error:
        stop_detached(place)
        detail = f"The mesh did not start: {error}. {place.logs} has a log of each process"
        raise Complaint("not_started", detail) from error
    except BaseException:
        stop_detached(place)
        raise


def down(home: HomeOption = None, *, as_json: JsonOption = False) -> None:
    """Stop the mesh; its data stays.

    Example: mesh down
    """
    place = home_of(home)
    from deploy.supervisor import stop_detached

    was_up = stop_detached(place)
    if as_json:
        say_json({"was_up": was_up})
    else:
        OUT.print("The mesh is down." if was_up else "The mesh was not up.")


def status(home: HomeOption = None, *, as_json: JsonOption = False) -> None:
    """Ask every door and every peer whether it answers; exit code 0 only if all do.

    Example: mesh status --json
    """
    place = home_of(home)
    if not place.secret("ports.json").exists():
        if as_json:
            say_json({"ready": False, "services": [], "doors": [], "peers": []})
        else:
            ERRORS.print("There is no mesh in this home: `mesh up` makes one.")
        raise typer.Exit(1)
    found = asyncio.run(_status(place))
    _report(found, as_json=as_json)
    raise typer.Exit(0 if found.ready else 1)


def reset(home: HomeOption = None, *, as_json: JsonOption = False) -> None:
    """Stop the mesh and remove everything that it made, the database included.

    Example: mesh reset
    """
    place = home_of(home)
    from deploy.home import Home
    from deploy.supervisor import sole_supervisor, stop_detached

    stop_detached(place)
    removed: list[str] = []
    if place.is_ours or Home(place.path / DEMO).is_ours:
        # A demo that still runs holds its home's lock: it is refused here, never pulled away.
        with sole_supervisor(place), sole_supervisor(Home(place.path / DEMO)):
            removed = [str(path) for path in remove_home(place)]
    else:
        place.reset()  # refuses a folder that is not ours
    if as_json:
        say_json({"removed": removed})
    else:
        OUT.print("Removed everything." if removed else "There was nothing to remove.")


async def _status(place: Home) -> MeshStatus:
    from deploy.connections import access_to
    from deploy.installation import Installation
    from deploy.readiness import read_status

    installation = Installation(place)
    access = access_to(installation)
    try:
        return await read_status(installation, access)
    finally:
        await access.close()


async def _until_up(place: Home, poll: object, only: str | None) -> MeshStatus:
    """Wait for the supervisor to set everything up and for every question to be answered."""
    from deploy.processes import ProcessBook
    from deploy.readiness import READY_WITHIN_SECONDS

    deadline = time.monotonic() + READY_WITHIN_SECONDS
    wanted = (only,) if only else SERVICE_NAMES
    book = ProcessBook(place)
    while not all(book.find(service) for service in wanted):
        if callable(poll) and poll() is not None:
            raise RuntimeError("the supervisor ended early")
        if time.monotonic() > deadline:
            raise RuntimeError("the services' processes were not started in time")
        await asyncio.sleep(0.1)
    return await _let_users_in(place, only)


async def _let_users_in(place: Home, only: str | None) -> MeshStatus:
    """Wait until everything answers; give the sandbox's users their passwords."""
    from deploy.connections import access_to
    from deploy.installation import Installation
    from deploy.mesh_plan import put_users
    from deploy.readiness import service_is_ready, wait_until_ready

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


def _stay(place: Home, plan_name: str, only: str | None) -> None:
    """Be the supervisor; the users are let in while it already supervises."""
    from deploy.supervisor import load_plan, sole_supervisor, supervise

    plan = load_plan(plan_name)
    letting_in: list[asyncio.Task[None]] = []

    async def plan_and_let_in(home: Home) -> Supervisor:
        supervisor = await plan(home)
        letting_in.append(asyncio.create_task(_say_ready(home, only)))
        return supervisor

    async def run() -> None:
        try:
            await supervise(place.prepare(), plan_and_let_in)
        finally:
            for task in letting_in:
                task.cancel()

    ERRORS.print("The mesh runs in the foreground; Ctrl-C stops it.")
    with sole_supervisor(place):
        asyncio.run(run())


async def _say_ready(home: Home, only: str | None) -> None:
    try:
        await _until_up(home, None, only)
        ERRORS.print("Ready.")
    except RuntimeError as error:
        ERRORS.print(f"Not ready: {error}", highlight=False, markup=False)


def _report(status: MeshStatus, *, as_json: bool) -> None:
    if as_json:
        say_json(status.as_dict())
        return
    from rich.table import Table

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
