"""`mesh ward` and `mesh slips`: a ward made and imported, and the slips that it has issued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.console import OUT, say_json, say_lines, yen
from deploy.cli.options import HomeOption, JsonOption, with_access

if TYPE_CHECKING:
    from deploy.installation import Installation
    from shared.wire.ward_intranet import SlipView
    from simulation.access import Access
    from simulation.books import Books

HouseholdsOption = Annotated[
    int, typer.Option("--households", min=1, max=100_000, help="Ten instalments each.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same people.")]
UnpaidOption = Annotated[bool, typer.Option("--unpaid", help="Only what nobody has paid yet.")]


@dataclass(frozen=True)
class WardMade:
    """What a new ward came to, and when its Pay-easy keys can be used."""

    households: int
    slips: int
    total_yen: int
    payeasy_effective_at: datetime

    @property
    def advance_to(self) -> str:
        """Return the day for `mesh clock advance --to`."""
        return self.payeasy_effective_at.date().isoformat()


def ward(
    home: HomeOption = None,
    *,
    households: HouseholdsOption = 40,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Make a ward, import it, issue its slips and upload its billing data to the centre.

    The upload is prepared by the job and released by the second clerk (mesh uploads shows it).
    Once more adds other households beside those that are there. By app the slips can be paid at
    once, by Pay-easy from the morning after the centre's cut-off (the output says when).

    Example: mesh ward --households 40 --seed 7
    """

    async def work(installation: Installation, access: Access, _: Books) -> WardMade:
        return await make_ward_payable(installation, access, seed, households)

    made = with_access(home, work)
    if as_json:
        say_json(
            {
                "households": made.households,
                "slips": made.slips,
                "total_yen": made.total_yen,
                "payeasy_effective_at": made.payeasy_effective_at.isoformat(),
                "advance_to": made.advance_to,
            }
        )
        return
    OUT.print(
        f"{made.households} households, {made.slips} slips over {yen(made.total_yen)} yen:"
        " payable by card and by app banking now.",
        f"Pay-easy keys take effect at {made.payeasy_effective_at:%Y-%m-%d %H:%M} Tokyo time:"
        f" mesh clock advance --to {made.advance_to}",
        sep="\n",
        highlight=False,
        soft_wrap=True,
    )


async def make_ward_payable(
    installation: Installation, access: Access, seed: int, households: int
) -> WardMade:
    """Import households whose notice numbers continue, issue, upload, let the centre take them.

    The second clerk releases the upload, as on any day.
    """
    from deploy.cli.outside_state import OutsideState
    from shared.kit.standard_arrows import ClockReading
    from shared.wire.doors import LGWAN_ASP, OPERATOR_ARROWS, WARD_GATEWAY
    from simulation.clerks import release_uploads
    from simulation.letters import read_slips
    from simulation.rehearsal import make_and_import_ward

    state = OutsideState(installation.home)
    first = state.next_notice
    if first is None:
        notices = [int(slip.notice_number) for slip in await read_slips(access)]
        first = max(notices, default=NOTICE_BASE) - NOTICE_BASE + 1
    # Written before the import: a repeat after a crash makes other households, never the same.
    state.keep(next_notice=first + households)
    slips = await make_and_import_ward(access, seed, households, first_notice=first)
    new = [slip for slip in slips if int(slip.notice_number) >= NOTICE_BASE + first]
    clock: ClockReading = await access.operate(OPERATOR_ARROWS[LGWAN_ASP].read_clock)
    effective_at = payeasy_effective_at(clock.now)
    await access.operate(OPERATOR_ARROWS[WARD_GATEWAY].run_job, name="prepare_billing")
    await release_uploads(access)
    await access.operate(OPERATOR_ARROWS[WARD_GATEWAY].run_job, name="upload_billing")
    await access.operate(OPERATOR_ARROWS[LGWAN_ASP].run_job, name="apply_billing_files")
    return WardMade(households, len(new), sum(int(slip.amount_yen) for slip in new), effective_at)


NOTICE_BASE = 100_000_000
"""simulation.standard_system numbers its notices from here."""
CUT_OFF_HOUR, EFFECTIVE_HOUR = 17, 7
"""The centre's cut-off and the hour from which applied keys are served (its contract)."""


def payeasy_effective_at(uploaded_at: datetime) -> datetime:
    """Return when keys uploaded now take effect: the day after their cut-off, 07:00 Tokyo time."""
    from datetime import timedelta

    from shared.kit.calendar import japanese_banks
    from shared.kit.clock import TOKYO, tokyo_date, tokyo_time

    calendar, day = japanese_banks(), tokyo_date(uploaded_at)
    in_time = uploaded_at < tokyo_time(day, CUT_OFF_HOUR)
    if not (calendar.is_business_day(day) and in_time):
        day = calendar.add(day, 1)
    return tokyo_time(day + timedelta(days=1), EFFECTIVE_HOUR).astimezone(TOKYO)


def slips(
    home: HomeOption = None, *, unpaid: UnpaidOption = False, as_json: JsonOption = False
) -> None:
    """List the ward's slips with the keys that stand on them.

    Example: mesh slips --unpaid --json
    """

    async def work(_: Installation, access: Access, __: Books) -> list[SlipView]:
        from simulation.letters import read_slips

        return await (read_slips(access, unpaid="true") if unpaid else read_slips(access))

    found = sorted(with_access(home, work), key=lambda s: (s.notice_number, s.instalment))
    if as_json:
        say_json([slip_fields(slip) for slip in found])
        return
    if not found:
        OUT.print("There are no such slips: `mesh ward` makes some.")
        return
    heading = ("SLIP", "BARCODE", "PAYMENT NUMBER", "CONFIRM", "YEN", "LIMIT", "PAID")
    say_lines(heading, [_row(slip) for slip in found])


def _row(slip: SlipView) -> tuple[str, ...]:
    return (
        str(slip.slip_id),
        slip.barcode or "(over 300,000 yen)",
        slip.payment_number,
        slip.confirmation_number,
        yen(int(slip.amount_yen)),
        slip.limit_date.isoformat(),
        "paid" if slip.paid else "",
    )


def slip_fields(slip: SlipView) -> dict[str, Any]:
    """Return a slip for --json."""
    return {
        "slip_id": str(slip.slip_id),
        "barcode": slip.barcode,
        "payment_number": slip.payment_number,
        "confirmation_number": slip.confirmation_number,
        "amount_yen": int(slip.amount_yen),
        "limit_date": slip.limit_date.isoformat(),
        "due_date": slip.due_date.isoformat(),
        "instalment": slip.instalment,
        "slip_type": slip.slip_type,
        "issue": slip.issue,
        "replaced": slip.replaced_by_slip_id is not None,
        "centre_state": slip.centre_state,
        "paid": slip.paid,
    }
