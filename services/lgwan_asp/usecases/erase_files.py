"""Files are erased on their day: the bytes, never what tells that there was a file."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from services.lgwan_asp.domain.outgoing_files import last_day_to_erase
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork
from shared.kit.clock import Clock, tokyo_time

ERASED_AT_ONCE = 50


async def erase_files(
    *, open_unit_of_work: OpenUnitOfWork, clock: Clock, kept_days: int
) -> Counter[str]:
    """Erase the bytes of every file that was acknowledged kept_days ago or longer; return counts.

    Some files in each transaction: a crash leaves the rest for the next run. A file that nobody
    has acknowledged stays, however old it is.
    """
    counts: Counter[str] = Counter(files=0)
    last_day = last_day_to_erase(clock.today(), kept_days)
    before = tokyo_time(last_day + timedelta(days=1))
    while erased := await _erase_some(open_unit_of_work, clock, before):
        counts["files"] += erased
    return counts


async def _erase_some(open_unit_of_work: OpenUnitOfWork, clock: Clock, before: datetime) -> int:
    async with open_unit_of_work() as work:
        files = await work.outgoing_files.acknowledged_before(before, limit=ERASED_AT_ONCE)
        for file in files:
            await work.outgoing_files.erase(file, clock.now())
        await work.commit()
    return len(files)
