"""Keeps the services running: each a process of its own, started again if it dies.

It runs inside another process (the demo) or by itself (`python -m deploy.supervisor`). Knows
commands and process ids; not what a service does, nor whether it answers.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import importlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, cast

from deploy.home import CHECKOUT, Home
from deploy.processes import ProcessBook, ProcessRecord, stop_leftovers, stop_owned, stop_processes

SUPERVISOR: Final = "supervisor"
DEFAULT_PLAN: Final = "deploy.mesh_plan:supervise"
WATCH_SECONDS: Final = 0.1
ALREADY_RUNNING: Final = 3

log = logging.getLogger("mesh.supervisor")


class AlreadySupervisedError(RuntimeError):
    """Another living supervisor looks after this home."""


class Database(Protocol):
    """The database server, seen from here: EmbeddedPostgres, or nothing at all."""

    @property
    def is_running(self) -> bool:
        """Say whether the server process runs."""
        ...

    async def start(self) -> None:
        """Start it unless it runs."""
        ...

    async def stop(self) -> None:
        """Stop it."""
        ...


@dataclass(frozen=True)
class ServiceCommand:
    """How one service is started: its whole environment, and where its output goes."""

    argv: Sequence[str]
    env: Mapping[str, str]
    log_path: Path
    cwd: Path = CHECKOUT


@dataclass(frozen=True)
class RestartPolicy:
    """How often and how soon a dead process is started again (machine seconds)."""

    most_restarts: int = 5
    first_wait_seconds: float = 0.1
    factor: float = 2.0
    forgiven_after_seconds: float = 60.0

    def wait_seconds(self, restarts: int) -> float:
        """Return how long to wait after that many restarts."""
        return float(self.first_wait_seconds * self.factor**restarts)


@dataclass
class _Child:
    """What we remember of one service between two looks at it."""

    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restarts: int = 0
    start_again_at: float | None = None
    given_up: bool = False


@dataclass
class Supervisor:
    """Starts the database first and the services in the order given; stops them before it."""

    home: Home
    commands: Mapping[str, ServiceCommand]
    database: Database | None = None
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    grace_seconds: float = 15.0
    total_restarts: dict[str, int] = field(default_factory=dict)
    _children: dict[str, _Child] = field(default_factory=dict)
    _database: _Child = field(default_factory=_Child)
    _watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start everything and begin to watch; it does not wait until a service answers.

        Hold sole_supervisor(home) around it. If something cannot be started, all is stopped again.
        """
        try:
            if self.database is not None:
                await self.database.start()
            for name in self.commands:
                self._children[name] = _Child()
                self._start_service(name)
        except BaseException:
            await self.stop()
            raise
        self._watch = asyncio.create_task(self._watch_children())

    async def stop(self) -> list[str]:
        """Stop the services (SIGTERM, then SIGKILL for the late), then the database.

        Only what this supervisor started is touched. Returns who had to be killed.
        """
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        killed = await asyncio.to_thread(self._stop_services)
        if self.database is not None:
            await self.database.stop()
        return killed

    def pid(self, service: str) -> int | None:
        """Return a service's process id while it runs."""
        child = self._children.get(service)
        if child is None or child.process is None or child.process.poll() is not None:
            return None
        return child.process.pid

    @property
    def given_up(self) -> list[str]:
        """Return the services that died too often to be started again."""
        return [name for name, child in self._children.items() if child.given_up]

    def _start_service(self, name: str) -> None:
        command, child = self.commands[name], self._children[name]
        command.log_path.parent.mkdir(parents=True, exist_ok=True)
        output = os.open(command.log_path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            child.process = subprocess.Popen(
                list(command.argv),
                env=dict(command.env),
                cwd=command.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        finally:
            os.close(output)
        child.started_at = time.monotonic()
        ProcessBook(self.home).record(name, child.process.pid)

    async def _watch_children(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            for name in self.commands:
                try:
                    self._look_after(name)
                except OSError:
                    log.exception("%s could not be started", name)
            await self._look_after_database()

    def _look_after(self, name: str) -> None:
        """Start a dead service again, once its waiting time is over."""
        child, now = self._children[name], time.monotonic()
        if child.given_up or child.process is None or child.process.poll() is None:
            return
        if child.start_again_at is None:
            ProcessBook(self.home).forget(name, child.process.pid)
            log.warning("%s ended with status %s", name, child.process.returncode)
            self._plan_restart(name, child, now)
        elif now >= child.start_again_at:
            self._count_restart(name, child)
            child.start_again_at = None
            self._start_service(name)

    async def _look_after_database(self) -> None:
        child, now = self._database, time.monotonic()
        if self.database is None or child.given_up or self.database.is_running:
            return
        if child.start_again_at is None:
            log.warning("the database ended")
            self._plan_restart("postgres", child, now)
        elif now >= child.start_again_at:
            self._count_restart("postgres", child)
            child.started_at, child.start_again_at = now, None
            try:
                await self.database.start()
            except Exception:
                # Whatever keeps the database from starting, the services are still looked after.
                log.exception("the database could not be started")

    def _plan_restart(self, name: str, child: _Child, now: float) -> None:
        if now - child.started_at > self.policy.forgiven_after_seconds:
            child.restarts = 0
        if child.restarts >= self.policy.most_restarts:
            child.given_up = True
            log.error("%s died %s times and is not started again", name, child.restarts + 1)
            return
        child.start_again_at = now + self.policy.wait_seconds(child.restarts)

    def _count_restart(self, name: str, child: _Child) -> None:
        child.restarts += 1
        self.total_restarts[name] = self.total_restarts.get(name, 0) + 1

    def _stop_services(self) -> list[str]:
        records: list[ProcessRecord] = []
        processes = []
        for name, child in self._children.items():
            process, child.process = child.process, None
            if process is None:
                continue
            processes.append(process)
            found = ProcessBook(self.home).find(name)
            if process.poll() is None and found is not None and found.pid == process.pid:
                records.append(found)
        killed = stop_processes(self.home, records, grace_seconds=self.grace_seconds)
        for process in processes:
            process.wait()
        return killed


@contextmanager
def sole_supervisor(home: Home) -> Iterator[None]:
    """Hold the home's lock while the block runs; the kernel gives it back if we are killed.

    A home that another living supervisor looks after is AlreadySupervisedError.
    """
    home.prepare()
    lock = os.open(home.run / "supervisor.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadySupervisedError("another supervisor looks after this home") from error
        yield
    finally:
        os.close(lock)


Plan = Callable[[Home], Awaitable[Supervisor]]


def start_detached(home: Home, plan: str = DEFAULT_PLAN) -> subprocess.Popen[bytes]:
    """Start a supervisor that goes on when we end; its output is HOME/logs/supervisor.log.

    `plan` names `async def plan(home) -> Supervisor`. The caller asks the doors whether the mesh
    is ready, and polls the returned process: one that ends early has failed (the log says why).
    """
    home.prepare()
    output = os.open(home.log(SUPERVISOR), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "deploy.supervisor", "--home", str(home.path), "--plan", plan],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    finally:
        os.close(output)


def running_supervisor(home: Home) -> int | None:
    """Return the process id of the detached supervisor of a home, if one runs."""
    found = ProcessBook(home).find(SUPERVISOR)
    return found.pid if found else None


def stop_detached(home: Home, *, timeout_seconds: float = 60.0) -> bool:
    """Ask the detached supervisor to stop everything, and wait; say whether there was one.

    One that does not end in time is killed, and then what it left is stopped from here.
    """
    found = ProcessBook(home).find(SUPERVISOR)
    if found is None:
        return False
    stop_processes(home, [found], grace_seconds=timeout_seconds)
    stop_leftovers(home)
    return True


async def supervise(home: Home, plan: Plan) -> None:
    """Carry a plan out until SIGTERM or SIGINT; what it started is stopped, whatever happens.

    Hold sole_supervisor(home) around it. What a killed predecessor left is stopped first.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    for name in await asyncio.to_thread(stop_leftovers, home):
        log.warning("stopped %s, which a killed supervisor had left", name)
    book = ProcessBook(home)
    book.record(SUPERVISOR, os.getpid())
    try:
        supervisor = await plan(home)
        await supervisor.start()
        try:
            await stop.wait()
        finally:
            await supervisor.stop()
    finally:
        await asyncio.to_thread(stop_owned, home)
        book.forget(SUPERVISOR, os.getpid())


def load_plan(name: str) -> Plan:
    """Import MODULE:FUNCTION; what cannot be found is an ImportError or AttributeError."""
    module, _, function = name.partition(":")
    return cast("Plan", getattr(importlib.import_module(module), function))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run detached: 0 after a proper stop, 3 if another supervisor looks after the home."""
    parser = argparse.ArgumentParser(prog="deploy.supervisor", description=__doc__)
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--plan", default=DEFAULT_PLAN)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    home = Home.from_options(options.home, os.environ).prepare()
    try:
        with sole_supervisor(home):
            asyncio.run(supervise(home, load_plan(options.plan)))
    except AlreadySupervisedError:
        return ALREADY_RUNNING
    return 0


if __name__ == "__main__":
    sys.exit(main())
