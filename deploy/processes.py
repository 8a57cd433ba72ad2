"""Which processes this home started, who owns them, and how to stop those whose owner is gone.

A process is known by its id and its time of birth, so a recycled id is never stopped. Knows
nothing of what the processes do.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

import psutil

from deploy.home import Home, private_folder, read_json, write_private

BIRTH_TOLERANCE_SECONDS = 2.0
"""The kernel's boot time, and so a birth, moves a little when the machine's clock is set."""


@dataclass(frozen=True)
class ProcessRecord:
    """One process that we started, and the process that looks after it."""

    name: str
    pid: int
    born_at_seconds: float
    owner_pid: int
    owner_born_at_seconds: float
    stop_signal: int = signal.SIGTERM
    stops_last: bool = False

    @property
    def is_alive(self) -> bool:
        """Say whether this very process still runs."""
        return is_alive(self.pid, self.born_at_seconds)

    @property
    def owner_is_alive(self) -> bool:
        """Say whether its supervisor still runs."""
        return is_alive(self.owner_pid, self.owner_born_at_seconds)


def born_at(pid: int) -> float | None:
    """Return when a process was born (seconds since 1970), or None if there is none."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return float(process.create_time())
    except psutil.Error:
        return None


def is_alive(pid: int, born_at_seconds: float) -> bool:
    """Say whether the process of that id is the one that was born then."""
    found = born_at(pid)
    return found is not None and abs(found - born_at_seconds) < BIRTH_TOLERANCE_SECONDS


class ProcessBook:
    """HOME/run/processes.json and the pid files beside it."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def record(
        self, name: str, pid: int, *, stop_signal: int = signal.SIGTERM, stops_last: bool = False
    ) -> None:
        """Write down a process that we have just started; its owner is the running process."""
        owner = os.getpid()
        entry = ProcessRecord(
            name=name,
            pid=pid,
            born_at_seconds=born_at(pid) or 0.0,
            owner_pid=owner,
            owner_born_at_seconds=born_at(owner) or 0.0,
            stop_signal=int(stop_signal),
            stops_last=stops_last,
        )
        with self._locked() as records:
            records[name] = entry
            write_private(self._home.pid_file(name), f"{pid}\n".encode())

    def forget(self, name: str, pid: int) -> None:
        """Strike out a process that has ended, unless another has taken its name by now."""
        with self._locked() as records:
            if name in records and records[name].pid == pid:
                del records[name]
                self._home.pid_file(name).unlink(missing_ok=True)

    def records(self) -> list[ProcessRecord]:
        """Return everything that is written down, dead or alive, in the order of starting."""
        if not self._home.process_book.exists():
            return []
        entries = read_json(self._home.process_book)
        return [ProcessRecord(**entry) for entry in entries]

    def find(self, name: str) -> ProcessRecord | None:
        """Return a process by name if it runs."""
        found = [each for each in self.records() if each.name == name and each.is_alive]
        return found[0] if found else None

    @contextmanager
    def _locked(self) -> Iterator[dict[str, ProcessRecord]]:
        """Hold the book alone, and write back what the block made of it."""
        private_folder(self._home.run)
        lock = os.open(self._home.run / "processes.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            records = {record.name: record for record in self.records()}
            yield records
            content = json.dumps([asdict(each) for each in records.values()], indent=1)
            write_private(self._home.process_book, content.encode())
        finally:
            os.close(lock)


def find_leftovers(home: Home) -> list[ProcessRecord]:
    """Return the living processes of this home whose owner is gone (it was killed)."""
    return [
        record
        for record in ProcessBook(home).records()
        if record.is_alive and not record.owner_is_alive
    ]


def stop_leftovers(home: Home, *, grace_seconds: float = 10.0) -> list[str]:
    """Stop what a killed supervisor left behind; return the names. Dead entries are struck out."""
    leftovers = find_leftovers(home)
    stop_processes(home, leftovers, grace_seconds=grace_seconds)
    book = ProcessBook(home)
    for record in book.records():
        if not record.is_alive and not record.owner_is_alive:
            book.forget(record.name, record.pid)
    return [record.name for record in leftovers]


def stop_owned(home: Home, *, grace_seconds: float = 10.0) -> list[str]:
    """Stop everything that this very process started and still has; return the names."""
    mine = [
        record
        for record in ProcessBook(home).records()
        if record.owner_pid == os.getpid() and record.pid != os.getpid() and record.is_alive
    ]
    stop_processes(home, mine, grace_seconds=grace_seconds)
    return [record.name for record in mine]


def stop_processes(
    home: Home, records: Sequence[ProcessRecord], *, grace_seconds: float = 10.0
) -> list[str]:
    """Ask processes to stop, those that others stand on last; kill the late; return the killed."""
    killed: list[str] = []
    book = ProcessBook(home)
    for last in (False, True):
        group = [record for record in records if record.stops_last is last]
        for record in group:
            _signal(record, record.stop_signal)
        _wait_until_gone(group, grace_seconds)
        late = [record for record in group if record.is_alive]
        for record in late:
            _signal(record, signal.SIGKILL)
            killed.append(record.name)
        _wait_until_gone(late, grace_seconds)
        for record in group:
            book.forget(record.name, record.pid)
    return killed


def _signal(record: ProcessRecord, number: int) -> None:
    """Signal a process, only if it is still the one that we started."""
    if record.is_alive:
        with suppress(ProcessLookupError):
            os.kill(record.pid, number)


def _wait_until_gone(records: Sequence[ProcessRecord], seconds: float) -> None:
    end = time.monotonic() + seconds
    while any(record.is_alive for record in records) and time.monotonic() < end:
        time.sleep(0.05)
