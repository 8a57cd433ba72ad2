"""The suite's own PostgreSQL: one server for all workers, empty databases for each test."""

from __future__ import annotations

import asyncio
import fcntl
import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import Select, Table, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.home import Home
from deploy.postgres import EmbeddedPostgres
from deploy.service_databases import runtime_role
from shared.kit.database import open_engine
from shared.kit.hot_path import is_lost

HOME_VARIABLE = "MESH_TEST_HOME"
SERVICES = ("payment_provider", "card_agent", "lgwan_asp", "ward_gateway")
KEPT_CONNECTIONS = 4
"""What an engine may keep for the next test: the server lets in 120, from all workers."""


@dataclass
class SuiteServer:
    """The server of one test run: its home is named once, any process may start it."""

    home: Home
    server: EmbeddedPostgres

    @classmethod
    def prepare(cls) -> SuiteServer:
        """Make the home; called once, before any worker starts."""
        home = Home(Path(tempfile.mkdtemp(prefix="mesh-tests-"))).prepare()
        os.environ[HOME_VARIABLE] = str(home.path)
        return cls.named()

    @classmethod
    def named(cls) -> SuiteServer:
        """Return the server whose home the environment names."""
        home = Home(Path(os.environ[HOME_VARIABLE]))
        return cls(home, EmbeddedPostgres(home, durable=False))

    def start(self) -> None:
        """Start it unless it runs, with the services' databases still empty."""

        async def start() -> None:
            await self.server.start()
            await self.server.ensure_service_databases(SERVICES)

        with alone(self.home, "server"):
            asyncio.run(start())

    def stop(self) -> None:
        """Stop the server if it was started, and remove everything it made."""
        if self.home.read_database_record() is not None:
            asyncio.run(self.server.stop())
        self.home.reset()
        shutil.rmtree(self.home.path, ignore_errors=True)


@contextmanager
def alone(home: Home, name: str) -> Iterator[None]:
    """Keep other workers out: a database cannot be copied while somebody is connected to it."""
    with (home.run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class KeptEngine(AsyncEngine):
    """An engine whose connections the next test uses again: a service that ends leaves them open.

    To connect anew and to prepare a service's statements anew costs 15 ms of two processors.
    """

    async def dispose(self, close: bool = True) -> None:
        """Keep what is open; the databases end it (end)."""

    async def end(self) -> None:
        """Close every connection that nobody uses."""
        await super().dispose()

    async def keep_what_is_sound(self) -> None:
        """Close what the server has ended; close all if one is still in use, or if they are many.

        A connection that a test has not given back would keep locks on the rows to be removed.
        """
        pool = self.sync_engine.pool
        if pool.checkedout() or pool.checkedin() > KEPT_CONNECTIONS:
            await self.end()
            return
        connections = [await self.connect() for _ in range(pool.checkedin())]
        for connection in connections:
            if is_lost(connection):
                await connection.invalidate()
            await connection.close()


@dataclass
class Shelf:
    """One worker's databases that no test uses now, empty, by service; they are used again.

    So are their engines, which know how the service's statements are compiled, and, on the event
    loop on which almost all tests run, the connections to them. A test on another loop has
    databases of its own kind, to which nobody stays connected.
    """

    loop: asyncio.AbstractEventLoop | None = None
    spare: dict[tuple[str, bool], list[str]] = field(default_factory=dict)
    engines: dict[str, KeptEngine] = field(default_factory=dict)
    sweepers: dict[str, asyncpg.Connection] = field(default_factory=dict)
    kept: AsyncExitStack = field(default_factory=AsyncExitStack)
    made: int = 0

    @property
    def keeps_connections(self) -> bool:
        """Say whether the caller runs on the loop whose connections are kept."""
        return asyncio.get_running_loop() is self.loop

    async def empty(self, server: EmbeddedPostgres, name: str) -> None:
        """Remove every row of a database, whoever wrote it; numbers begin anew."""
        if not self.keeps_connections:
            async with server.connection(name) as connection:
                await connection.execute(EMPTY)
            return
        sweeper = self.sweepers.get(name)
        if sweeper is None or sweeper.is_closed():  # a test ends connections
            sweeper = await self.kept.enter_async_context(server.connection(name))
            self.sweepers[name] = sweeper
        await sweeper.execute(EMPTY)

    async def close(self) -> None:
        """Close what was kept open."""
        await self.kept.aclose()
        for engine in self.engines.values():
            await engine.end()


@dataclass
class Databases:
    """Empty migrated databases for one test; emptied and put back on the shelf at its end.

    A copy of a database is hundreds of files, 30 to 80 ms; to empty one takes 2 ms.
    """

    home: Home
    server: EmbeddedPostgres
    worker: str
    shelf: Shelf
    taken: list[tuple[str, str]] = field(default_factory=list)
    used_up: list[str] = field(default_factory=list)
    engines: list[KeptEngine] = field(default_factory=list)

    async def name(self, service: str, *, is_used_up: bool = False) -> str:
        """Return the name of an empty database of a service, which nobody else uses.

        One that a test is to use up, because it changes the schema, is never used again.
        """
        if is_used_up:
            self.used_up.append(await self._clone(service))
            return self.used_up[-1]
        spare = self._spare(service)
        name = spare.pop() if spare else await self._clone(service)
        self.taken.append((service, name))
        return name

    async def url(self, service: str) -> str:
        """Return the runtime role's URL of an empty database."""
        return self.server.database_url(service, await self.name(service))

    async def engine(self, service: str) -> AsyncEngine:
        """Return an engine, as the runtime role, on an empty database."""
        name = await self.name(service)
        if name not in self.shelf.engines:
            url = self.server.database_url(service, name)
            self.shelf.engines[name] = KeptEngine(open_engine(url, pool_size=5).sync_engine)
        self.engines.append(self.shelf.engines[name])
        return self.engines[-1]

    async def close(self) -> None:
        """Empty every database of this test; one that cannot be emptied is not used again."""
        for engine in self.engines:
            if self.shelf.keeps_connections:
                await engine.keep_what_is_sound()
            else:
                await engine.end()
        for service, name in self.taken:
            await self.shelf.empty(self.server, name)
            self._spare(service).append(name)
        for name in self.used_up:
            await self.server.drop(name)
        self.used_up.clear()
        self.engines.clear()
        self.taken.clear()

    def _spare(self, service: str) -> list[str]:
        return self.shelf.spare.setdefault((service, self.shelf.keeps_connections), [])

    async def _clone(self, service: str) -> str:
        with alone(self.home, service):
            await asyncio.to_thread(_migrate, self.server, service)
            self.shelf.made += 1
            name = f"{service}_{self.worker}_{self.shelf.made}"
            await self.server.clone(service, name)
        return name


# As the administrator, with triggers and foreign keys off: every row goes, numbers begin anew.
EMPTY = """
SET lock_timeout = '5s';
SET session_replication_role = 'replica';
DO $$
DECLARE
    name regclass;
    filled boolean;
BEGIN
    FOR name IN
        SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND relname <> 'alembic_version'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO filled;
        IF filled THEN
            EXECUTE format('DELETE FROM %s', name);
        END IF;
    END LOOP;
    PERFORM setval(oid::regclass, 1, false) FROM pg_class
        WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END $$;
"""


def as_written(table: Table) -> Select[Any]:
    """Select all rows of a table, in the order in which they were last written.

    Where rows stand in a table that was emptied depends on who wrote into it before.
    """
    return select(table).order_by(text("xmin::text::bigint, cmin::text::bigint, ctid"))


def _migrate(server: EmbeddedPostgres, service: str) -> None:
    migrations = importlib.import_module(f"services.{service}.store.migrations")
    migrations.upgrade(server.owner_database_url(service), runtime_role(service))
