"""`mesh mailing-gate` and `mesh dead-keys`: what may be posted, how long dead keys were payable.

Asks the ward's intranet door as a clerk does; decides nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.console import OUT, say_json, say_lines, yen
from deploy.cli.options import HomeOption, JsonOption, with_access

if TYPE_CHECKING:
    from deploy.installation import Installation
    from shared.wire.mailing_gate import DeadKeysReport, GateSlip, MailingGate
    from simulation.access import Access
    from simulation.books import Books

DAY = ["%Y-%m-%d"]
PostingDate = Annotated[
    datetime, typer.Argument(formats=DAY, metavar="DATE", help="The day on which slips are posted.")
]
YearOption = Annotated[
    int | None, typer.Option("--year", min=2020, max=2099, help="Only slips of one fiscal year.")
]
HeldBackOption = Annotated[bool, typer.Option("--held-back", help="List what may not be posted.")]
FirstOption = Annotated[
    datetime, typer.Option("--from", formats=DAY, help="The first day on which keys died.")
]
LastOption = Annotated[
    datetime, typer.Option("--to", formats=DAY, help="The last day on which keys died.")
]


def mailing_gate(
    posting_date: PostingDate,
    home: HomeOption = None,
    *,
    year: YearOption = None,
    held_back: HeldBackOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say which slips may be posted on a day: their keys are in effect, and nothing is to change.

    Example: mesh mailing-gate 2025-06-10 --held-back
    """

    async def work(_: Installation, access: Access, __: Books) -> MailingGate:
        return await _read_gate(access, posting_date, year, held_back=held_back)

    gate = with_access(home, work)
    if as_json:
        say_json(gate.model_dump(mode="json"))
        return
    reasons = gate.held_back or {}
    OUT.print(
        f"{gate.may_be_posted} slips may be posted on {gate.posting_date}, "
        f"{sum(reasons.values())} are held back.",
        highlight=False,
        soft_wrap=True,
    )
    if reasons:
        say_lines(("HELD BACK", "SLIPS"), [(why, yen(n)) for why, n in reasons.items()])
    if held_back and gate.slips:
        say_lines(("SLIP", "WHY", "EFFECTIVE"), [_row(slip) for slip in gate.slips])


def dead_keys(
    first: FirstOption,
    last: LastOption,
    home: HomeOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Say how long keys could still be paid that nobody should have paid, and what was paid.

    Example: mesh dead-keys --from 2025-06-01 --to 2025-06-30
    """

    async def work(_: Installation, access: Access, __: Books) -> DeadKeysReport:
        from shared.wire.mailing_gate import DEAD_KEYS

        query = {"first": first.date().isoformat(), "last": last.date().isoformat()}
        return await access.staff_asks("clerk", DEAD_KEYS, query=query)

    report = with_access(home, work)
    if as_json:
        say_json(report.model_dump(mode="json"))
        return
    paid = f"{report.paid_while_dead} ({yen(int(report.paid_while_dead_yen))} yen)"
    say_lines(
        ("CLOSED", "STILL OPEN", "MEDIAN HOURS", "P95", "LONGEST", "PAID WHILE DEAD"),
        [
            (
                str(report.closed),
                str(report.still_open),
                *map(_hours, (report.median_hours, report.p95_hours, report.longest_hours)),
                paid,
            )
        ],
    )


async def _read_gate(
    access: Access, posting_date: datetime, year: int | None, *, held_back: bool
) -> MailingGate:
    """Read the gate; of its slips all that are held back where they are asked for, else none."""
    from shared.wire.mailing_gate import MAILING_GATE

    query = {"posting_date": posting_date.date().isoformat(), "held_back": "true"}
    if year is not None:
        query["fiscal_year"] = str(year)
    pages = [await access.staff_asks("clerk", MAILING_GATE, query=query)]
    while held_back and pages[-1].next_after is not None:
        after = {"after": str(pages[-1].next_after)}
        pages.append(await access.staff_asks("clerk", MAILING_GATE, query=query | after))
    slips = tuple(slip for page in pages for slip in page.slips) if held_back else ()
    return pages[0].model_copy(update={"slips": slips, "next_after": None})


def _row(slip: GateSlip) -> tuple[str, ...]:
    effective = "" if slip.effective_on is None else slip.effective_on.isoformat()
    return str(slip.slip_id), slip.reason or "", effective


def _hours(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
