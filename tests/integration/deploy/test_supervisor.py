"""Processes of their own: started, started again, stopped, and found after a kill."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time

import psutil
import pytest

from deploy.home import Home
from deploy.processes import ProcessBook, born_at, find_leftovers, stop_leftovers
from deploy.supervisor import (
    ALREADY_RUNNING,
    AlreadySupervisedError,
    RestartPolicy,
    Supervisor,
    running_supervisor,
    sole_supervisor,
    start_detached,
    stop_detached,
)
from tests.integration.deploy.sample_plans import shell, sleeper

PLANS = "tests.integration.deploy.sample_plans"
QUICK = RestartPolicy(first_wait_seconds=0.01, factor=1.0)


async def until(happened, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        await asyncio.sleep(0.02)
    return False


def alive(pid: int) -> bool:
    return born_at(pid) is not None


async def test_services_run_until_they_are_stopped_and_leave_no_trace(make_home):
    home = make_home().prepare()
    supervisor = Supervisor(home, {name: sleeper(home, name) for name in ("first", "second")})
    await supervisor.start()
    pids = {name: supervisor.pid(name) for name in ("first", "second")}
    assert {name: int(home.pid_file(name).read_text()) for name in pids} == pids
    assert all(os.getsid(pid) == pid for pid in pids.values())
    assert find_leftovers(home) == []
    assert await supervisor.stop() == []
    assert not any(alive(pid) for pid in pids.values())
    assert list(home.run.glob("*.pid")) == []
    assert ProcessBook(home).records() == []


async def test_a_dead_service_is_started_again(make_home):
    home = make_home().prepare()
    supervisor = Supervisor(home, {"first": sleeper(home, "first")}, policy=QUICK)
    await supervisor.start()
    killed = supervisor.pid("first")
    os.kill(killed, signal.SIGKILL)
    assert await until(lambda: supervisor.pid("first") not in {None, killed})
    assert int(home.pid_file("first").read_text()) == supervisor.pid("first")
    assert supervisor.total_restarts == {"first": 1}
    await supervisor.stop()


async def test_a_service_that_keeps_dying_is_given_up_after_five_restarts(make_home):
    home = make_home().prepare()
    commands = {"broken": shell(home, "broken", "echo failed; exit 1"), "well": sleeper(home, "w")}
    supervisor = Supervisor(home, commands, policy=QUICK)
    await supervisor.start()
    assert await until(lambda: supervisor.given_up == ["broken"])
    assert home.log("broken").read_text() == "failed\n" * 6
    assert supervisor.pid("well") is not None
    await supervisor.stop()


def test_each_restart_waits_longer():
    policy = RestartPolicy(first_wait_seconds=0.1, factor=2.0)
    assert [policy.wait_seconds(n) for n in range(5)] == [0.1, 0.2, 0.4, 0.8, 1.6]


async def test_a_service_that_does_not_stop_in_time_is_killed_and_named(make_home):
    home = make_home().prepare()
    commands = {
        "deaf": shell(home, "deaf", "trap '' TERM; echo ready; while :; do sleep 0.05; done"),
        "polite": sleeper(home, "polite"),
    }
    supervisor = Supervisor(home, commands, grace_seconds=0.3)
    await supervisor.start()
    assert await until(lambda: home.log("deaf").read_text() == "ready\n")
    pid = supervisor.pid("deaf")
    assert await supervisor.stop() == ["deaf"]
    assert not alive(pid)


async def test_a_service_that_cannot_be_started_stops_the_others(make_home):
    home = make_home().prepare()
    commands = {"first": sleeper(home, "first"), "none": shell(home, "none", "")}
    commands["none"] = type(commands["none"])(("/no/such/program",), {}, home.log("none"))
    supervisor = Supervisor(home, commands)
    with pytest.raises(FileNotFoundError):
        await supervisor.start()
    assert ProcessBook(home).records() == []


class InventedDatabase:
    """A database that dies when it is told to."""

    def __init__(self) -> None:
        self.is_running, self.events = False, []

    async def start(self) -> None:
        self.is_running = True
        self.events.append("start")

    async def stop(self) -> None:
        self.is_running = False
        self.events.append("stop")


async def test_the_database_starts_first_is_started_again_and_stops_last(make_home):
    home, database = make_home().prepare(), InventedDatabase()
    supervisor = Supervisor(home, {"first": sleeper(home, "first")}, database, policy=QUICK)
    await supervisor.start()
    pid = supervisor.pid("first")
    database.is_running = False
    assert await until(lambda: database.events == ["start", "start"])
    assert supervisor.pid("first") == pid
    await supervisor.stop()
    assert database.events == ["start", "start", "stop"]
    assert not alive(pid)


def test_a_recycled_process_id_is_never_stopped(make_home):
    home = make_home().prepare()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        book = ProcessBook(home)
        book.record("first", stranger.pid)
        entries = json.loads(home.process_book.read_text())
        entries[0]["born_at_seconds"] -= 3600
        entries[0]["owner_born_at_seconds"] -= 3600
        home.process_book.write_text(json.dumps(entries))
        assert find_leftovers(home) == []
        assert stop_leftovers(home) == []
        assert stranger.poll() is None
        assert book.records() == []
    finally:
        stranger.kill()
        stranger.wait()


def test_one_home_has_one_supervisor(make_home):
    home = make_home().prepare()
    with (
        sole_supervisor(home),
        pytest.raises(AlreadySupervisedError),
        sole_supervisor(Home(home.path)),
    ):
        pass
    with sole_supervisor(home):
        assert (home.run / "supervisor.lock").exists()


async def test_a_detached_supervisor_runs_once_and_stops_everything(make_home):
    home = make_home().prepare()
    process = start_detached(home, f"{PLANS}:two_sleepers")
    assert await until(lambda: home.pid_file("second").exists())
    pids = [int(home.pid_file(name).read_text()) for name in ("first", "second")]
    assert running_supervisor(home) == process.pid
    assert start_detached(home, f"{PLANS}:two_sleepers").wait(10) == ALREADY_RUNNING
    assert await asyncio.to_thread(stop_detached, home)
    assert process.wait(5) == 0
    assert not any(alive(pid) for pid in pids)
    assert running_supervisor(home) is None
    assert not stop_detached(home)


async def test_what_a_killed_supervisor_left_is_found_and_stopped(make_home):
    home = make_home().prepare()
    process = start_detached(home, f"{PLANS}:two_sleepers")
    assert await until(lambda: home.pid_file("second").exists())
    pids = [int(home.pid_file(name).read_text()) for name in ("first", "second")]
    process.kill()
    process.wait()
    assert all(alive(pid) for pid in pids)
    assert [record.name for record in find_leftovers(home)] == ["first", "second"]
    assert stop_leftovers(home) == ["first", "second"]
    assert not any(alive(pid) for pid in pids)
    assert ProcessBook(home).records() == []
    assert stop_leftovers(home) == []


async def test_a_plan_that_fails_leaves_nothing_running(make_home):
    home = make_home().prepare()
    process = start_detached(home, f"{PLANS}:broken")
    assert await asyncio.to_thread(process.wait, 20) == 1
    assert "the plan is broken" in home.log("supervisor").read_text()
    assert ProcessBook(home).records() == []
    assert [p.pid for p in psutil.process_iter() if _writes_to(p, home)] == []


def _writes_to(process: psutil.Process, home: Home) -> bool:
    try:
        return any(str(home.path) in each.path for each in process.open_files())
    except psutil.Error:
        return False
