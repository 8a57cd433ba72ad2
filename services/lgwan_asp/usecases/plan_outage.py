"""An operator plans an outage; in the sandbox the centre also fails and comes back on demand."""

from __future__ import annotations

from datetime import datetime

from services.lgwan_asp.domain.contracts import Contracts
from services.lgwan_asp.domain.refusals import MunicipalityUnknown, OutageOutOfRange
from services.lgwan_asp.domain.service_hours import OutageKind, outage_is_possible
from services.lgwan_asp.store.outages import EVERYBODY
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork
from shared.kit.clock import Clock


async def plan_outage(
    municipality: str | None,
    starts_at: datetime,
    ends_at: datetime,
    *,
    contracts: Contracts,
    open_unit_of_work: OpenUnitOfWork,
    clock: Clock,
) -> None:
    """Announce hours in which inquiries are answered 91, for one municipality or (None) for all.

    The same start once more moves the end. Ends as MunicipalityUnknown, or OutageOutOfRange if the
    end is not after the start and now, or more than seven days after the start.
    """
    if municipality is not None and municipality not in contracts.by_municipality:
        raise MunicipalityUnknown
    now = clock.now()
    if not outage_is_possible(starts_at, ends_at, now):
        raise OutageOutOfRange
    town = municipality or EVERYBODY
    async with open_unit_of_work() as work:
        await work.outages.put(
            OutageKind.PLANNED, municipality=town, starts_at=starts_at, ends_at=ends_at, now=now
        )
        await work.journal.audit(
            "outage_planned",
            "outages",
            starts_at.isoformat(),
            municipality=town,
            details={"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()},
        )
        await work.commit()


async def set_down(*, down: bool, open_unit_of_work: OpenUnitOfWork, clock: Clock) -> None:
    """Let the centre fail (every telegram is 90, nothing is recorded), or come back; repeatable."""
    now = clock.now()
    async with open_unit_of_work() as work:
        is_down = await work.outages.at(now) is OutageKind.DOWN
        if is_down == down:
            return
        if down:
            await work.outages.put(
                OutageKind.DOWN, municipality=EVERYBODY, starts_at=now, ends_at=None, now=now
            )
        else:
            await work.outages.end(OutageKind.DOWN, now)
        event = "centre_went_down" if down else "centre_came_back"
        await work.journal.audit(event, "outages", now.isoformat())
        await work.commit()


async def is_down(*, open_unit_of_work: OpenUnitOfWork, clock: Clock) -> bool:
    """Say whether the centre fails at the moment."""
    async with open_unit_of_work() as work:
        return await work.outages.at(clock.now()) is OutageKind.DOWN
