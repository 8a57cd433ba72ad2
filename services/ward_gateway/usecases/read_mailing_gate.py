"""Which slips may be posted on a day, and why the others may not. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ward_gateway.domain.mailing_gate import HeldBack, held_back
from services.ward_gateway.domain.refusals import PostingDatePassed
from services.ward_gateway.store.key_standings import SlipStanding
from services.ward_gateway.store.unit_of_work import UnitOfWork

PORTION = 5000


@dataclass(frozen=True, slots=True)
class GateQuestion:
    """Which slips are asked about.

    fiscal_year None: of all years. held_back True: only those that may not be posted, False: only
    those that may, None: all.
    """

    posting_date: date
    fiscal_year: int | None = None
    held_back: bool | None = None
    after: UUID | None = None
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class Gated:
    """One slip at the gate; reason None: it may be posted."""

    slip: SlipStanding
    reason: HeldBack | None


@dataclass(frozen=True, slots=True)
class Gate:
    """Counts over all slips that are asked about, and one page of them."""

    may_be_posted: int
    held_back: Mapping[str, int]
    slips: tuple[Gated, ...]
    next_after: UUID | None


async def read_mailing_gate(
    open_unit_of_work: Callable[[], UnitOfWork], question: GateQuestion
) -> Gate:
    """Return the gate as of now for a posting date; PostingDatePassed if it lies before today."""
    async with open_unit_of_work() as work:
        if question.posting_date < work.clock.today():
            raise PostingDatePassed
        reasons: Counter[HeldBack | None] = Counter()
        day = question.posting_date
        for count in await work.key_standings.counts(day, question.fiscal_year):
            why = held_back(count.standing, effective=count.effective, in_time=count.in_time)
            reasons[why] += count.slips
        slips, more = await _page(work, question)
    return Gate(
        may_be_posted=reasons.pop(None, 0),
        held_back={reason.value: reasons[reason] for reason in HeldBack if reasons[reason]},
        slips=tuple(slips),
        next_after=slips[-1].slip.slip_id if slips and more else None,
    )


async def _page(work: UnitOfWork, question: GateQuestion) -> tuple[list[Gated], bool]:
    """Return the next slips that are asked for, and whether there are more."""
    wanted: list[Gated] = []
    after = question.after
    while True:
        portion = await work.key_standings.page(
            question.posting_date, fiscal_year=question.fiscal_year, after=after, limit=PORTION
        )
        judged = (Gated(slip, _why(slip)) for slip in portion)
        wanted += [g for g in judged if question.held_back in {None, g.reason is not None}]
        if len(wanted) > question.limit:
            return wanted[: question.limit], True
        if len(portion) < PORTION:
            return wanted, False
        after = portion[-1].slip_id


def _why(slip: SlipStanding) -> HeldBack | None:
    return held_back(slip.standing, effective=slip.effective, in_time=slip.in_time)
