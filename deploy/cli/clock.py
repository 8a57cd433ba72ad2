"""`mesh clock`: business time, read and moved for all parties at once."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.console import OUT, say_json
from deploy.cli.options import HomeOption, JsonOption, with_access

if TYPE_CHECKING:
    from datetime import datetime

    from deploy.installation import Installation
    from simulation.access import Access
    from simulation.books import Books

NEXT_CLOSE = "next-close"


class Mode(StrEnum):
    """How a clock goes on from where it was set."""

    FROZEN = "frozen"
    RUNNING = "running"


InstantArgument = Annotated[
    str, typer.Argument(metavar="INSTANT", help="ISO 8601; without an offset: Tokyo time.")
]
ModeOption = Annotated[Mode, typer.Option("--mode", help="Stand still there, or go on.")]
ToOption = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="next-close|DATE",
        help="The next close of day (20:00), that of a date, or an ISO 8601 instant.",
    ),
]


def show(home: HomeOption = None, *, as_json: JsonOption = False) -> None:
    """Show where every party's clock stands.

    Example: mesh clock show
    """

    async def work(_: Installation, access: Access, __: Books) -> dict[str, Any]:
        from deploy.cli.walk_days import read_clocks

        return await read_clocks(access)

    found = with_access(home, work)
    _show_clocks(found, as_json=as_json)


def set_clock(
    instant: InstantArgument,
    home: HomeOption = None,
    *,
    mode: ModeOption = Mode.FROZEN,
    as_json: JsonOption = False,
) -> None:
    """Move all parties' clocks to an instant and run nothing; backwards is refused.

    What falls due on the way is run by the next `mesh clock advance`.

    Example: mesh clock set 2025-06-10T09:00 --mode running
    """
    target = instant_of(instant, "INSTANT")

    async def work(installation: Installation, access: Access, _: Books) -> dict[str, Any]:
        from deploy.cli.walk_days import read_clocks, set_clocks

        await set_clocks(installation.home, access, target, mode.value)
        return await read_clocks(access)

    _show_clocks(with_access(home, work), as_json=as_json)


def advance(
    home: HomeOption = None, *, to: ToOption = NEXT_CLOSE, as_json: JsonOption = False
) -> None:
    """Move all parties forward and run whatever falls due on the way, in a fixed order.

    The banks pay over, the ward's bank books, the treasurer hands its notice in, payers ask again.

    Example: mesh clock advance --to 2025-07-31
    """
    target = None if to == NEXT_CLOSE else instant_of(to, "--to", close=True)

    async def work(installation: Installation, access: Access, books: Books) -> dict[str, Any]:
        from deploy.cli.progress import showing_stages
        from deploy.cli.walk_days import HomeWalk

        with showing_stages() as stages:
            return await HomeWalk(installation.home, access, books, stages).advance(target)

    done = with_access(home, work)
    if as_json:
        say_json(done)
    else:
        OUT.print(
            f"{done['from']} -> {done['to']}: {done['moments']} moments at which jobs fell due.",
            highlight=False,
            soft_wrap=True,
        )


def _show_clocks(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    for reading in found["clocks"]:
        OUT.print(
            f"{reading['organisation']:<17} {reading['now']}  {reading['mode']}",
            highlight=False,
            soft_wrap=True,
        )


def instant_of(text: str, hint: str, *, close: bool = False) -> datetime:
    """Read an instant; a bare date is its midnight in Tokyo, or its close of day."""
    from datetime import date, datetime

    from shared.kit.clock import TOKYO, tokyo_time
    from simulation.day_plan import CLOSE

    try:
        if len(text) == len("YYYY-MM-DD"):
            return tokyo_time(date.fromisoformat(text), *(CLOSE if close else (0, 0)))
        read = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text} is neither a date nor an instant, such as 2025-06-10T09:00"
        raise typer.BadParameter(message, param_hint=hint) from error
    return read if read.tzinfo else read.replace(tzinfo=TOKYO)
