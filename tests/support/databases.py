"""The suite's own PostgreSQL: one server for all workers, empty databases for each test."""

from __future__ import annotations

import asyncio
import fcntl
import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.home import Home
from deploy.postgres import EmbeddedPostgres
from deploy.service_databases import runtime_role
from shared.kit.database import open_engine

HOME_VARIABLE = "MESH_TEST_HOME"
SERVICES = ("payment_provider", "card_agent", "lgwan_asp", "ward_gateway")


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


@dataclass
class Shelf:
    """One worker's databases that no test uses now, empty, by service; they are used again.

    So are their engines, which know how the service's statements are compiled.
    """

    spare: dict[str, list[str]] = field(default_factory=dict)
    engines: dict[str, AsyncEngine] = field(default_factory=dict)
    made: int = 0


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
    engines: list[AsyncEngine] = field(default_factory=list)

    async def name(self, service: str, *, is_used_up: bool = False) -> str:
        """Return the name of an empty database of a service, which nobody else uses.

        One that a test is to use up, because it changes the schema, is never used again.
        """
        if is_used_up:
            self.used_up.append(await self._clone(service))
            return self.used_up[-1]
        spare = self.shelf.spare.setdefault(service, [])
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
            self.shelf.engines[name] = open_engine(url, pool_size=5)
        self.engines.append(self.shelf.engines[name])
        return self.engines[-1]

    async def close(self) -> None:
        """Empty every database of this test; one that cannot be emptied is not used again."""
        for engine in self.engines:
            await engine.dispose()
        for service, name in self.taken:
            async with self.server.connection(name) as connection:
                await connection.execute(EMPTY)
            self.shelf.spare[service].append(name)
        for name in self.used_up:
            await self.server.drop(name)
        self.used_up.clear()
        self.engines.clear()
        self.taken.clear()

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


def _migrate(server: EmbeddedPostgres, service: str) -> None:
    migrations = importlib.import_module(f"services.{service}.store.migrations")
    migrations.upgrade(server.owner_database_url(service), runtime_role(service))
