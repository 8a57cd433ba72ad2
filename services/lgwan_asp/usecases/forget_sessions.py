"""Inquiry sessions are kept long enough for the latest notification, and then forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.lgwan_asp.domain.contracts import Contract, Contracts
from services.lgwan_asp.domain.exceptions import ExceptionCode
from services.lgwan_asp.domain.service_hours import service_day
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork
from shared.kit.clock import TOKYO, Clock, tokyo_time

OF_ONE_SERVICE_DAY = (ExceptionCode.KEY_LOCKED, ExceptionCode.BANK_WRONG_NUMBERS_HIGH)


async def forget_sessions(
    *, contracts: Contracts, open_unit_of_work: OpenUnitOfWork, clock: Clock, kept_days: int
) -> dict[str, int]:
    """Delete sessions that ended some days ago, and the counts of wrong numbers of those days.

    What was locked or slowed down on a service day that is over is free again by itself; its
    exceptions are closed here.
    """
    now = clock.now()
    async with open_unit_of_work() as work:
        sessions, wrong_numbers = await work.sessions.forget(now - timedelta(days=kept_days))
        resolved = 0
        for contract in contracts.in_order():
            resolved += await work.exceptions.resolve_older(
                OF_ONE_SERVICE_DAY,
                municipality=contract.municipality,
                opened_before=_service_day_began(contract, now),
            )
        await work.journal.audit(
            "sessions_forgotten", "inquiry_sessions", "-", details={"count": sessions}
        )
        await work.commit()
    return {"sessions": sessions, "wrong_numbers": wrong_numbers, "exceptions": resolved}


def _service_day_began(contract: Contract, now: datetime) -> datetime:
    start = contract.service_day_start
    day = service_day(now.astimezone(TOKYO), start)
    return tokyo_time(day, start.hour, start.minute)
