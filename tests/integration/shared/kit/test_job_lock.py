"""A job runs once at a time, whoever starts it; and the scheduler outlives a job that fails."""

from __future__ import annotations

import asyncio
from datetime import date, time, timedelta

import pytest
from structlog.testing import capture_logs

from shared.kit import jobs as jobs_module
from shared.kit.clock import ClockMode, MeshClock, machine_now, tokyo_time
from shared.kit.context import actor, correlation_id
from shared.kit.database import open_engine
from shared.kit.jobs import Job, job_lock, registry, run_job, run_scheduler
from tests.integration.shared.kit.conftest import ROLES_OF


class Work:
    """What a job works on: it says when it runs, and waits until it may go on."""

    def __init__(self) -> None:
        self.running = self.most = self.runs = 0
        self.started, self.may_end = asyncio.Event(), asyncio.Event()
        self.actors: list[tuple[str, str]] = []

    async def run(self, resources: object) -> dict[str, int]:
        self.running += 1
        self.most = max(self.most, self.running)
        self.started.set()
        self.actors.append((actor(), correlation_id()))
        try:
            await self.may_end.wait()
        finally:
            self.running -= 1
        self.runs += 1
        return {"things": 3, "others": 0}


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def job(work) -> Job:
    return Job("collect", work.run, "Collects.")


@pytest.fixture
async def other_copy(database_server, database):
    """The engine of another copy of the same service."""
    made = open_engine(database_server[1].database_url(ROLES_OF, database))
    yield made
    await made.dispose()


@pytest.fixture(autouse=True)
def lines():
    """The lines that were logged."""
    with capture_logs() as captured:
        yield captured


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    """The scheduler looks again at once, and tries again at once."""
    monkeypatch.setattr(jobs_module, "LOOKED_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(jobs_module, "TRIED_AGAIN_SECONDS", 0.0)


async def test_a_job_runs_and_says_what_it_counted(engine, work, job, lines):
    work.may_end.set()
    assert await run_job(job, None, engine) == {"things": 3, "others": 0}
    [line] = lines
    assert (line["event"], line["job"], line["things"]) == ("job_ran", "collect", 3)
    assert "others" not in line


async def test_a_job_runs_once_at_a_time_in_all_copies(engine, other_copy, work, job):
    first = asyncio.create_task(run_job(job, None, engine))
    await work.started.wait()
    others = [asyncio.create_task(run_job(job, None, each)) for each in (engine, other_copy)]
    assert not (await asyncio.wait(others, timeout=0.3))[0]
    assert work.running == 1
    work.may_end.set()
    await asyncio.gather(first, *others)
    assert (work.runs, work.most) == (3, 1)


async def test_two_jobs_run_at_the_same_time(engine, work, job):
    other = Work()
    both = [
        asyncio.create_task(run_job(job, None, engine)),
        asyncio.create_task(run_job(Job("report", other.run, "Reports."), None, engine)),
    ]
    await work.started.wait()
    await other.started.wait()
    work.may_end.set()
    other.may_end.set()
    assert len(await asyncio.gather(*both)) == 2


async def test_a_job_that_fails_gives_its_lock_back(engine, other_copy, work, job):
    async def fails(_: object) -> dict[str, int]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run_job(Job("collect", fails, "Fails."), None, engine)
    work.may_end.set()
    async with asyncio.timeout(5):
        await run_job(job, None, other_copy)
    assert work.runs == 1


async def test_a_job_that_is_called_off_gives_its_lock_back(engine, other_copy, work, job):
    task = asyncio.create_task(run_job(job, None, engine))
    await work.started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    work.may_end.set()
    async with asyncio.timeout(5):
        await run_job(job, None, other_copy)
    assert work.runs == 1


async def test_who_waits_for_a_lock_and_is_called_off_leaves_no_lock_behind(engine, other_copy):
    async with job_lock(engine, "collect"):
        waiting = asyncio.create_task(_hold(other_copy))
        await asyncio.wait([waiting], timeout=0.2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(5), job_lock(engine, "collect"):
        assert other_copy.pool.checkedout() == 0


async def _hold(engine) -> None:
    async with job_lock(engine, "collect"):
        await asyncio.Event().wait()


async def test_a_job_acts_under_its_own_name_and_a_fresh_correlation_id(engine, work, job):
    work.may_end.set()
    await run_job(job, None, engine)
    await run_job(job, None, engine)
    assert {who for who, _ in work.actors} == {"job:collect"}
    assert len({correlation for _, correlation in work.actors}) == 2


async def test_a_failed_job_stops_neither_the_scheduler_nor_the_others(engine, work, lines):
    ran, again = asyncio.Event(), asyncio.Event()

    async def fails(_: object) -> dict[str, int]:
        if ran.is_set():
            again.set()
        raise ZeroDivisionError

    async def runs(_: object) -> dict[str, int]:
        ran.set()
        return {}

    jobs = registry(
        Job("fails", fails, "Fails.", every_seconds=1), Job("runs", runs, "Runs.", every_seconds=1)
    )
    set_at = machine_now() - timedelta(hours=1)
    clock = MeshClock(machine_now(), ClockMode.RUNNING, set_at)
    scheduler = asyncio.create_task(
        run_scheduler(jobs, None, engine, clock, is_running=lambda: True)
    )
    async with asyncio.timeout(30):
        await again.wait()
    scheduler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scheduler
    failed = [line["job"] for line in lines if line["event"] == "job_failed"]
    assert failed[0] == "fails"


async def test_what_fell_due_while_no_process_ran_is_made_up_for_and_a_failure_is_not_a_run(engine):
    tries, looks, looked_again = [], [], asyncio.Event()

    def is_running() -> bool:
        looks.append(len(tries))
        if looks.count(2) == 2:  # it has run, and the registry was gone through once more
            looked_again.set()
        return True

    async def fails_once(_: object) -> dict[str, int]:
        tries.append(clock.now())
        if len(tries) == 1:
            raise ZeroDivisionError
        return {}

    jobs = registry(Job("order", fails_once, "Orders.", at=time(7)))
    clock = MeshClock(tokyo_time(date(2025, 6, 9), 15), ClockMode.RUNNING, machine_now())
    scheduler = asyncio.create_task(run_scheduler(jobs, None, engine, clock, is_running=is_running))
    async with asyncio.timeout(30):
        await looked_again.wait()
    scheduler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scheduler
    assert len(tries) == 2


async def test_a_frozen_clock_starts_no_job(engine, work, job):
    asked = 0
    enough = asyncio.Event()

    def is_running() -> bool:
        nonlocal asked
        asked += 1
        if asked == 2:
            enough.set()
        return False

    jobs = registry(Job("collect", work.run, "Collects.", every_seconds=0))
    clock = MeshClock(machine_now())
    scheduler = asyncio.create_task(run_scheduler(jobs, None, engine, clock, is_running=is_running))
    async with asyncio.timeout(30):
        await enough.wait()
    scheduler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scheduler
    assert not work.started.is_set()
