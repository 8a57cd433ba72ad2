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
from shared.kit.standard_arrows import MoveClock
from shared.wire.doors import (
    CARD_AGENT,
    LGWAN_ASP,
    OPERATOR_ARROWS,
    PAYMENT_PROVIDER,
    SERVICES,
    WARD_GATEWAY,
)
from simulation.access import PAUSE_SECONDS, Access

OUTSIDE = "outside"
RUN_AGAIN = ("unanswered", "still_unknown", "still_asking")
"""Counts with which a job says that a peer was silent, and that it wants to be run again."""
CLOSE = (20, 0)
"""The close of day, Tokyo time: the last instant at which jobs fall due."""

Stage = tuple[tuple[str, str], ...]
"""Jobs (organisation, name) whose order among themselves does not matter."""


@dataclass(frozen=True)
class Moment:
    """A time of day and the stages that fall due at it, one after the other."""

    hour: int
    minute: int
    stages: tuple[Stage, ...]
    on_business_days: bool = True
    """True: on business days only; False: on the other days only."""


SETTLING: tuple[Stage, ...] = (
    ((CARD_AGENT, "settle_authorisations"),),
    ((PAYMENT_PROVIDER, "settle_card_payments"), (PAYMENT_PROVIDER, "settle_bank_payments")),
    ((OUTSIDE, "ask_again"),),
)
MORNING = (8, 30)

MOMENTS = (
    Moment(
        *MORNING,
        (
            ((CARD_AGENT, "write_transfer_orders"), (PAYMENT_PROVIDER, "write_transfer_orders")),
            (
                (CARD_AGENT, "build_agent_reports"),
                (PAYMENT_PROVIDER, "build_receipts_files"),
                (LGWAN_ASP, "build_confirmed_file"),
            ),
            ((PAYMENT_PROVIDER, "fetch_agent_reports"),),
            ((OUTSIDE, "before_collection"),),
            (
                (WARD_GATEWAY, "collect_leased_line"),
                (WARD_GATEWAY, "collect_lgwan"),
                (WARD_GATEWAY, "upload_billing"),
                (PAYMENT_PROVIDER, "compare_commissions"),
            ),
        ),
    ),
    Moment(
        *CLOSE,
        (
            (
                (OUTSIDE, "bank_day"),
                (CARD_AGENT, "settle_authorisations"),
                (LGWAN_ASP, "apply_billing_files"),
            ),
            (
                (PAYMENT_PROVIDER, "settle_card_payments"),
                (PAYMENT_PROVIDER, "settle_bank_payments"),
                (WARD_GATEWAY, "reconcile"),
                (LGWAN_ASP, "build_preliminary_file"),
            ),
            ((OUTSIDE, "ask_again"),),
        ),
    ),
    Moment(
        *CLOSE,
        (*SETTLING, ((LGWAN_ASP, "build_preliminary_file"),)),
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
    """Move all parties to a moment and run what fell due, stage by stage."""
    await move_clocks(access, instant)
    await run_stages(access, outside, tokyo_date(instant), moment.stages)


async def run_stages(
    access: Access, outside: Outside, day: date, stages: tuple[Stage, ...]
) -> None:
    """Run stages in order; the jobs of one stage side by side."""
    for stage in stages:
        await asyncio.gather(*(_run(access, outside, day, *job) for job in stage))


async def _run(access: Access, outside: Outside, day: date, organisation: str, job: str) -> None:
    if organisation == OUTSIDE:
        if job in outside:
            await outside[job](day)
        return
    deadline = time.monotonic() + access.patience_seconds
    while True:
        ran = await access.operate(OPERATOR_ARROWS[organisation].run_job, name=job)
        unfinished = any(ran.counts.get(count, 0) for count in RUN_AGAIN)
        if not unfinished or time.monotonic() > deadline:
            return
        await asyncio.sleep(PAUSE_SECONDS)
