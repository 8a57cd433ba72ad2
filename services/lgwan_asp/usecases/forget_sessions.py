"""Inquiry sessions are kept long enough for the latest notification, and then forgotten."""

from __future__ import annotations

from datetime import timedelta

from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork
from shared.kit.clock import Clock


async def forget_sessions(
    *, open_unit_of_work: OpenUnitOfWork, clock: Clock, kept_days: int
) -> dict[str, int]:
    """Delete sessions that ended some days ago, and the counts of wrong numbers of those days."""
    async with open_unit_of_work() as work:
        before = clock.now() - timedelta(days=kept_days)
        sessions, wrong_numbers = await work.sessions.forget(before)
        await work.journal.audit(
            "sessions_forgotten", "inquiry_sessions", "-", details={"count": sessions}
        )
        await work.commit()
    return {"sessions": sessions, "wrong_numbers": wrong_numbers}
