"""The embedded PostgreSQL 18: set up, started and stopped by its own `initdb` and `postgres`.

No TCP, passwords for everybody (scram-sha-256), and a database with two roles for each service.
Knows no table.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg
import psutil

from deploy.home import Home, write_private
from deploy.postgres_place import Place, PostgresError, external_folder, settle
from deploy.processes import ProcessBook, born_at
from deploy.service_databases import (
    ADMIN,
    Passwords,
    clone_database,
    drop_database,
    ensure_service_database,
    owner_role,
    revoke_from_public,
    runtime_role,
)

PROCESS_NAME: Final = "postgres"
MAJOR_VERSION: Final = "18"
START_SECONDS: Final = 60.0
FAST_STOP_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.02

_SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "48MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "max_wal_size": "512MB",
    "huge_pages": "off",
    "io_method": "sync",  # worker processes of their own would cost memory at rest
    "jit": "off",
    "log_checkpoints": "off",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    # A failed statement's text and details may hold personal data (DESIGN rule 15).
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}

# Without fsync a commit costs almost nothing; it still survives a kill of the server itself.
# Without autovacuum no table that a test emptied is remembered as empty: plans for the next test's
# rows would be made for none. The roles' passwords are as random as ever; a password is derived
# 4,096 times only to slow down who guesses one that a human made.
_NOT_DURABLE: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "scram_iterations": "1",
}


class EmbeddedPostgres:
    """One server for one home. start() and stop() may be called again and again."""

    def __init__(self, home: Home, *, durable: bool = True, max_connections: int = 120) -> None:
        """durable=False is for tests only: a crash of the machine may then lose data."""
        self._home, self._durable, self._max_connections = home, durable, max_connections
        self._place: Place | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._passwords = Passwords(home)

    @property
    def place(self) -> Place:
        """Return where it stands; only once it was started."""
        if self._place is None:
            raise PostgresError("the database was not started yet")
        return self._place

    @property
    def is_running(self) -> bool:
        """Say whether the server process runs."""
        return self.pid is not None

    @property
    def pid(self) -> int | None:
        """Return the server's process id, or None."""
        if self._process is not None and self._process.poll() is not None:
            self._process = None
        return None if self._place is None else _postmaster(self._place.data)

    async def start(self) -> None:
        """Set up what is missing, start the server unless it runs, wait until it lets people in.

        After a crash it first waits until the old server's children are gone, then recovers. What
        goes wrong is a PostgresError with the end of the server's log.
        """
        await _clear_orphan(self._home)
        self._place = await asyncio.to_thread(settle, self._home)
        pid = self.pid
        if pid is not None:
            self._adopt(pid)
            await self._until_ready(pid)
            return
        await asyncio.to_thread(self._initialise)
        # A killed server's children end by themselves within moments.
        await _within(START_SECONDS, lambda: not _works_in(self.place.data))
        _remove_dead_lock(self.place.data)
        self._process = self._spawn()
        ProcessBook(self._home).record(
            PROCESS_NAME, self._process.pid, stop_signal=signal.SIGINT, stops_last=True
        )
        await self._until_ready(self._process.pid)

    async def stop(self) -> None:
        """End every session and stop (fast shutdown); a server that does not is killed.

        A server that another living process started is left alone.
        """
        pid = self.pid
        if pid is None or self._is_somebody_elses(pid):
            return
        for number, seconds in (
            (signal.SIGINT, FAST_STOP_SECONDS),
            (signal.SIGQUIT, 5.0),
            (signal.SIGKILL, 5.0),
        ):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            if await _within(seconds, lambda: self._ended(pid)):
                break
        ProcessBook(self._home).forget(PROCESS_NAME, pid)

    async def ensure_service_databases(self, services: Sequence[str]) -> None:
        """Make each service's database, owner role and runtime role; may be run again.

        CONNECT is taken from PUBLIC on every database, postgres and template1 included, so each
        role can only reach its own.
        """
        async with self.connection() as connection:
            for service in services:
                await ensure_service_database(connection, service, self._passwords)
            await revoke_from_public(connection)
        for service in services:
            async with self.connection(service) as connection:
                await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")

    async def clone(self, service: str, name: str) -> None:
        """Make a copy of a service's database under another name, with the same rights (tests)."""
        async with self.connection() as connection:
            await clone_database(connection, service, name)

    async def drop(self, name: str) -> None:
        """Remove a cloned database, ending its sessions."""
        async with self.connection() as connection:
            await drop_database(connection, name)

    def database_url(self, service: str, database: str | None = None) -> str:
        """Return the URL of a service's runtime role, at its own database or a clone of it."""
        return self._url(runtime_role(service), database or service)

    def owner_database_url(self, service: str, database: str | None = None) -> str:
        """Return the URL of a service's owner role, who migrates."""
        return self._url(owner_role(service), database or service)

    @asynccontextmanager
    async def connection(
        self, database: str = "postgres", role: str = ADMIN
    ) -> AsyncIterator[asyncpg.Connection]:
        """Open a connection as the administrator, or as another role; close it afterwards."""
        connection = await asyncpg.connect(
            host=str(self.place.socket),
            user=role,
            password=self._passwords.of(role),
            database=database,
            timeout=10,
        )
        try:
            yield connection
        finally:
            await connection.close()

    def _url(self, role: str, database: str) -> str:
        socket = quote(str(self.place.socket), safe="/")
        password = quote(self._passwords.of(role), safe="")
        return f"postgresql+asyncpg://{role}:{password}@/{database}?host={socket}"

    def _initialise(self) -> None:
        """Run initdb beside the final folder and move it there: a half-made one is never used."""
        place = self.place
        if (place.data / "PG_VERSION").exists():
            self._check_existing()
            return
        part = place.data.with_name("data.part")
        for old in (part, place.data):
            if old.exists():
                shutil.rmtree(old)
        password = secrets.token_urlsafe(24)
        password_file = write_private(place.root / "initdb.password", f"{password}\n".encode())
        place.give(password_file)
        try:
            self._run_initdb(part, password_file)
        finally:
            password_file.unlink()
        self._passwords.keep(ADMIN, password)
        part.rename(place.data)

    def _run_initdb(self, data: Path, password_file: Path) -> None:
        argv = [
            str(self.place.programs / "initdb"),
            f"--pgdata={data}",
            f"--username={ADMIN}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--text-search-config=simple",
            "--no-instructions",
            *([] if self._durable else ["--no-sync", "--set=scram_iterations=1"]),
        ]
        place = self.place
        done = subprocess.run(
            argv,
            env=_environment(),
            cwd=place.root,
            capture_output=True,
            check=False,
            **(place.run_as.popen_options() if place.run_as else {}),
        )
        if done.returncode != 0:
            raise PostgresError(f"initdb failed: {done.stderr.decode(errors='replace').strip()}")

    def _check_existing(self) -> None:
        version = (self.place.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if version != MAJOR_VERSION:
            raise PostgresError(f"the data are of PostgreSQL {version}; `mesh reset` removes them")
        if not self._passwords.has(ADMIN):
            raise PostgresError("the database's passwords are gone; `mesh reset` starts anew")

    def _spawn(self) -> subprocess.Popen[bytes]:
        place = self.place
        settings = {
            **_SETTINGS,
            **({} if self._durable else _NOT_DURABLE),
            "max_connections": str(self._max_connections),
            "unix_socket_directories": str(place.socket),
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        log = os.open(self._home.log(PROCESS_NAME), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            return subprocess.Popen(
                [str(place.programs / "postgres"), "-D", str(place.data), *options],
                env=_environment(),
                cwd=place.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **(place.run_as.popen_options() if place.run_as else {}),
            )
        finally:
            os.close(log)

    def _adopt(self, pid: int) -> None:
        """Take over a server whose owner is gone; one that has an owner stays with it."""
        if not self._is_somebody_elses(pid):
            ProcessBook(self._home).record(
                PROCESS_NAME, pid, stop_signal=signal.SIGINT, stops_last=True
            )

    def _is_somebody_elses(self, pid: int) -> bool:
        known = ProcessBook(self._home).find(PROCESS_NAME)
        return (
            known is not None
            and known.pid == pid
            and known.owner_pid != os.getpid()
            and known.owner_is_alive
        )

    async def _until_ready(self, pid: int) -> None:
        """Wait for the line with which the server says so in its own lock file."""

        def is_ready() -> bool:
            lines = _lock_lines(self.place.data)
            return lines[:1] == [str(pid)] and lines[-1].strip() == "ready"

        await _within(START_SECONDS, lambda: is_ready() or self._ended(pid))
        if not is_ready() or self._ended(pid):
            raise PostgresError(f"PostgreSQL did not start:\n{self._log_end()}")

    def _ended(self, pid: int) -> bool:
        """Say whether the server has ended, reaping it if it was our child."""
        if self._process is not None and self._process.pid == pid:
            return self._process.poll() is not None
        return born_at(pid) is None

    def _log_end(self) -> str:
        with suppress(OSError):
            lines = self._home.log(PROCESS_NAME).read_text(errors="replace").splitlines()
            return "\n".join(lines[-8:])
        return "(no log)"


def _environment() -> dict[str, str]:
    """Return an environment in which nothing of ours changes what the server does."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _lock_lines(data: Path) -> list[str]:
    """Return postmaster.pid's lines: process id first, since version 10 the status last."""
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines() or [""]
    except OSError:
        return [""]


def _postmaster(data: Path) -> int | None:
    """Return the id of the server that runs on these data; a recycled id is not taken for it."""
    first = _lock_lines(data)[0]
    if not first.isdigit() or born_at(int(first)) is None:
        return None
    with suppress(psutil.Error):
        argv = psutil.Process(int(first)).cmdline()
        if argv and Path(argv[0]).name == "postgres" and str(data) in argv:
            return int(first)
    return None


async def _within(seconds: float, happened: Callable[[], bool]) -> bool:
    """Look again and again whether something has happened; say whether it did in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        await asyncio.sleep(POLL_SECONDS)
    return happened()


async def _clear_orphan(home: Home) -> None:
    """Remove what a home of this path left outside before it was deleted by hand.

    Its passwords went with the home, so nobody can use it; its server may even still run.
    """
    root = external_folder(home)
    if home.read_database_record() is not None or not root.is_dir():
        return
    pid = _postmaster(root / "data")
    if pid is not None:
        os.kill(pid, signal.SIGQUIT)
    if not await _within(FAST_STOP_SECONDS, lambda: not _works_in(root / "data")):
        raise PostgresError(f"a server that no home owns still runs on {root}")
    shutil.rmtree(root)


def _works_in(data: Path) -> bool:
    """Say whether any process stands in the data folder, as the server and its children do."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.cwd() == str(data):
                return True
    return False


def _remove_dead_lock(data: Path) -> None:
    """Remove a lock file whose process id belongs to somebody else by now, or to a zombie.

    The server would take either for a living server. Only then: with an id that nobody has, the
    server itself decides, and it looks at more than the id.
    """
    first = _lock_lines(data)[0]
    if first.isdigit() and psutil.pid_exists(int(first)) and _postmaster(data) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)
