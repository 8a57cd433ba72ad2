"""The registry of jobs of a service, and how one is run: once at a time, under its own lock.

A frozen clock starts no job by itself; the driver runs each one (DESIGN rule 9).
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from time import monotonic as time_passed
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.kit.calendar import japanese_banks
from shared.kit.clock import TOKYO, Clock, tokyo_date, tokyo_time
from shared.kit.context import acting
from shared.kit.ids import new_id
from shared.kit.logs import logger
from shared.kit.refusals import Refusal

Counts = Mapping[str, int]
TRIED_AGAIN_SECONDS = 5.0
LOOKED_AGAIN_SECONDS = 1.0


class JobUnknown(Refusal):
    """There is no job of that name in this service."""

    code = "job_unknown"


@dataclass(frozen=True)
class Job:
    """Something we do unasked: idempotent, named, with a time of day or an interval.

    at: Tokyo time of day, or several, of business days (every_day: of all days); every_seconds:
    business seconds, for jobs that ask about what waits.
    """

    name: str
    run: Callable[[Any], Awaitable[Counts]]
    about: str
    at: time | tuple[time, ...] | None = None
    every_day: bool = False
    every_seconds: int | None = None


Registry = Mapping[str, Job]


def registry(*jobs: Job) -> Registry:
    """Return jobs by name."""
    return {job.name: job for job in jobs}


@asynccontextmanager
async def job_lock(engine: AsyncEngine, name: str) -> AsyncIterator[None]:
    """Hold a job's advisory lock on a connection of its own, with no transaction open meanwhile."""
    key = zlib.crc32(name.encode())
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver = raw.driver_connection
        assert driver is not None  # noqa: S101 - a connection that was just taken from the pool
        try:
            await driver.execute(f"SELECT pg_advisory_lock({key})")
            yield
            await driver.execute(f"SELECT pg_advisory_unlock({key})")
        except BaseException:
            # The lock goes with its connection, even one that is granted just as we stop waiting.
            await connection.invalidate()
            raise


async def run_job(job: Job, resources: Any, engine: AsyncEngine) -> Counts:
    """Run a job once, waiting for a run that is under way, and return its counts."""
    with acting(f"job:{job.name}", str(new_id())):
        async with job_lock(engine, job.name):
            counts = await job.run(resources)
        logger().info("job_ran", job=job.name, **{k: v for k, v in counts.items() if v})
    return counts


def is_due(job: Job, last: datetime, now: datetime) -> bool:
    """Say whether a job fell due after `last` and up to `now` (both business time)."""
    if job.every_seconds is not None:
        return (now - last).total_seconds() >= job.every_seconds
    if job.at is None:
        return False
    day = tokyo_date(now)
    times = (job.at,) if isinstance(job.at, time) else job.at
    due = any(last < datetime.combine(day, at, tzinfo=TOKYO) <= now for at in times)
    return due and (job.every_day or japanese_banks().is_business_day(day))


async def run_scheduler(
    jobs: Registry,
    resources: Any,
    engine: AsyncEngine,
    clock: Clock,
    *,
    is_running: Callable[[], bool],
) -> None:
    """Start due jobs for ever, while the clock runs.

    A failed job is logged and tried again after TRIED_AGAIN_SECONDS, not only when it is due next.
    What fell due earlier today, perhaps while no process ran, is run at the start: every job does
    whatever is due now, and once more is harmless.
    """
    midnight = tokyo_time(tokyo_date(clock.now())) - timedelta(microseconds=1)
    last = dict.fromkeys(jobs, midnight)
    not_before: dict[str, float] = {}
    while True:
        await asyncio.sleep(LOOKED_AGAIN_SECONDS)
        if not is_running():
            continue
        for job in jobs.values():
            now = clock.now()
            if time_passed() < not_before.get(job.name, 0.0):
                continue
            try:
                if is_due(job, last[job.name], now):
                    await run_job(job, resources, engine)
                    last[job.name] = now
            except Exception:  # noqa: BLE001 - one job's failure must not stop the others
                logger().exception("job_failed", job=job.name)
                not_before[job.name] = time_passed() + TRIED_AGAIN_SECONDS
