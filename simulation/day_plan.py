"""The mesh's day: at which Tokyo times which jobs fall due, in a fixed order.

Only the order stands here; what a job does is its organisation's own business.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.kit.calendar import japanese_banks
from shared.kit.clock import tokyo_date, tokyo_time
from shared.kit.standard_arrows import MoveClock, RunJobs
from shared.wire.doors import (
    CARD_AGENT,
    LGWAN_ASP,
    OPERATOR_ARROWS,
    PAYMENT_PROVIDER,
    SERVICES,
    WARD_GATEWAY,
)
from simulation.access import Access

OUTSIDE = "outside"
RUN_AGAIN = ("unanswered", "still_unknown", "still_asking")
"""Counts with which a job says that a peer was silent, and that it wants to be run again."""
CLOSE = (20, 0)
"""The close of day, Tokyo time: the last instant at which jobs fall due."""

Wave = tuple[tuple[str, tuple[str, ...]], ...]
"""Parties that work side by side, each with its jobs in order (none: only its clock moves)."""


@dataclass(frozen=True)
class Moment:
    """A time of day and the waves that fall due at it, one after the other.

    Each party's clock stands at the moment before its first job, and before anybody whom a later
    wave lets ask it; whoever has nothing to do at midday is moved by the next moment, or payment.
    """

    hour: int
    minute: int
    waves: tuple[Wave, ...]
    on_business_days: bool = True
    """True: on business days only; False: on the other days only."""


SETTLE = ("settle_card_payments", "settle_bank_payments", "settle_undos")
SETTLING: tuple[Wave, ...] = (
    ((CARD_AGENT, ("settle_authorisations",)),),
    ((PAYMENT_PROVIDER, SETTLE),),
    ((OUTSIDE, ("ask_again",)),),
)
MORNING = (8, 30)
MIDDAY = (14, 0)

MOMENTS = (
    Moment(
        *MORNING,
        (
            (
                (CARD_AGENT, ("write_transfer_orders", "build_agent_reports")),
                (
                    PAYMENT_PROVIDER,
                    ("write_transfer_orders", "build_receipts_files", "write_fee_bills"),
                ),
                (LGWAN_ASP, ("build_confirmed_file",)),
            ),
            (
                (PAYMENT_PROVIDER, ("fetch_agent_reports",)),
                (OUTSIDE, ("before_collection",)),
            ),
            (
                (WARD_GATEWAY, ("collect_lgwan", "collect_leased_line", "prepare_billing")),
                (PAYMENT_PROVIDER, ("compare_commissions", "report_payments")),
            ),
            ((OUTSIDE, ("release_uploads",)),),
        ),
    ),
    Moment(
        *MIDDAY,
        (
            ((LGWAN_ASP, ("build_preliminary_file",)),),
            ((WARD_GATEWAY, ("collect_lgwan", "upload_billing")),),
        ),
    ),
    Moment(
        *CLOSE,
        (
            (
                (CARD_AGENT, ("settle_authorisations",)),
                (PAYMENT_PROVIDER, SETTLE),
                (LGWAN_ASP, ("apply_billing_files", "build_preliminary_file")),
                (OUTSIDE, ("bank_day", "fee_post", "paper_notices")),
                (OUTSIDE, ("standard_system", "corrections")),
            ),
            ((WARD_GATEWAY, ("reconcile", "watch_deliveries")), (OUTSIDE, ("ask_again",))),
        ),
    ),
    Moment(
        *CLOSE,
        (
            (
                (CARD_AGENT, ("settle_authorisations",)),
                (LGWAN_ASP, ("build_preliminary_file",)),
                (WARD_GATEWAY, ()),
            ),
            *SETTLING[1:],
        ),
        on_business_days=False,
    ),
)

Outside = Mapping[str, Callable[[date], Awaitable[object]]]
"""What those outside do at a moment, by name; each takes the Tokyo day."""


def moments_between(after: datetime, up_to: datetime) -> Iterator[tuple[datetime, Moment]]:
    """Yield every moment with after < instant <= up_to, in order (both aware)."""
    day, last = tokyo_date(after), tokyo_date(up_to)
    while day <= last:
        open_today = japanese_banks().is_business_day(day)
        for moment in MOMENTS:
            instant = tokyo_time(day, moment.hour, moment.minute)
            if after < instant <= up_to and moment.on_business_days == open_today:
                yield instant, moment
        day += timedelta(days=1)


def next_close(now: datetime) -> datetime:
    """Return the first close of day after now."""
    day = tokyo_date(now)
    close = tokyo_time(day, *CLOSE)
    return close if close > now else tokyo_time(day + timedelta(days=1), *CLOSE)


async def move_clocks(access: Access, instant: datetime) -> None:
    """Move every party's clock to one instant; this also finishes a move that reached some."""
    body = MoveClock(instant=instant)
    await asyncio.gather(*(access.operate(OPERATOR_ARROWS[s].move_clock, body) for s in SERVICES))


async def run_moment(access: Access, outside: Outside, instant: datetime, moment: Moment) -> None:
    """Move all parties to a moment and run what fell due, wave by wave."""
    await run_waves(access, outside, tokyo_date(instant), moment.waves, instant)


async def run_waves(
    access: Access,
    outside: Outside,
    day: date,
    waves: tuple[Wave, ...],
    instant: datetime | None = None,
) -> None:
    """Run waves in order, parties of one wave side by side; instant: clocks move there first."""
    for wave in waves:
        await asyncio.gather(
            *(
                _live(outside, day, jobs)
                if party == OUTSIDE
                else _work(access, party, jobs, instant)
                for party, jobs in wave
            )
        )


async def _live(outside: Outside, day: date, names: tuple[str, ...]) -> None:
    for name in names:
        if name in outside:
            await outside[name](day)


async def _work(
    access: Access, party: str, names: tuple[str, ...], instant: datetime | None
) -> None:
    """Run a party's jobs, and those again whose peers were silent, until patience ends."""
    deadline = time.monotonic() + access.patience_seconds
    body = RunJobs(names=names, instant=instant)
    while True:
        ran = (await access.operate(OPERATOR_ARROWS[party].run_jobs, body)).ran
        unfinished = tuple(r.name for r in ran if any(r.counts.get(c, 0) for c in RUN_AGAIN))
        if not unfinished or time.monotonic() > deadline:
            return
        body = RunJobs(names=unfinished)
        await asyncio.sleep(access.pause_seconds)
