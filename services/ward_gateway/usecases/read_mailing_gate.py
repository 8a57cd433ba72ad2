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
    """One page of slips; counts over all of them with the first page only, for they cost a pass."""

    may_be_posted: int | None
    held_back: Mapping[str, int] | None
    slips: tuple[Gated, ...]
    next_after: UUID | None


async def read_mailing_gate(
    open_unit_of_work: Callable[[], UnitOfWork], question: GateQuestion
) -> Gate:
    """Return the gate as of now for a posting date; PostingDatePassed if it lies before today."""
    async with open_unit_of_work() as work:
        if question.posting_date < work.clock.today():
            raise PostingDatePassed
        reasons = await _reasons(work, question) if question.after is None else None
        slips, more = await _page(work, question)
    return Gate(
        may_be_posted=None if reasons is None else reasons[None],
        held_back=None if reasons is None else _named(reasons),
        slips=tuple(slips),
        next_after=slips[-1].slip.slip_id if slips and more else None,
    )


async def _reasons(work: UnitOfWork, question: GateQuestion) -> Counter[HeldBack | None]:
    reasons: Counter[HeldBack | None] = Counter()
    for count in await work.key_standings.counts(question.posting_date, question.fiscal_year):
        why = held_back(count.standing, effective=count.effective, in_time=count.in_time)
        reasons[why] += count.slips
    return reasons


def _named(reasons: Counter[HeldBack | None]) -> dict[str, int]:
    return {reason.value: reasons[reason] for reason in HeldBack if reasons[reason]}


async def _page(work: UnitOfWork, question: GateQuestion) -> tuple[list[Gated], bool]:
    """Return the next slips that are asked for, and whether there are more."""
    wanted: list[Gated] = []
    after = question.after
    size = question.limit + 1 if question.held_back is None else PORTION
    while True:
        portion = await work.key_standings.page(
            question.posting_date, fiscal_year=question.fiscal_year, after=after, limit=size
        )
        judged = (Gated(slip, _why(slip)) for slip in portion)
        wanted += [g for g in judged if question.held_back in {None, g.reason is not None}]
        if len(wanted) > question.limit:
            return wanted[: question.limit], True
        if len(portion) < size:
            return wanted, False
        after = portion[-1].slip_id


def _why(slip: SlipStanding) -> HeldBack | None:
    return held_back(slip.standing, effective=slip.effective, in_time=slip.in_time)
