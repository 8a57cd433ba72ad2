"""The suite's own PostgreSQL: one server for all workers, fresh clones for each test."""

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
    """The server of one test run, in the process that started it."""

    home: Home
    server: EmbeddedPostgres

    def stop(self) -> None:
        """Stop the server and remove everything it made."""
        asyncio.run(self.server.stop())
        self.home.reset()
        shutil.rmtree(self.home.path, ignore_errors=True)


def start_server() -> SuiteServer:
    """Start the server of this test run; called once, before any worker starts."""
    home = Home(Path(tempfile.mkdtemp(prefix="mesh-tests-"))).prepare()
    os.environ[HOME_VARIABLE] = str(home.path)
    server = EmbeddedPostgres(home, durable=False)

    async def start() -> None:
        await server.start()
        await server.ensure_service_databases(SERVICES)

    asyncio.run(start())
    return SuiteServer(home, server)


@contextmanager
def alone(home: Home, name: str) -> Iterator[None]:
    """Keep other workers out: a database cannot be copied while somebody is connected to it."""
    with (home.run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass
class Databases:
    """Clones of migrated databases, dropped at the end of the test."""

    home: Home
    server: EmbeddedPostgres
    worker: str
    clones: list[str] = field(default_factory=list)
    engines: list[AsyncEngine] = field(default_factory=list)
    migrated: set[str] = field(default_factory=set)
    count: int = 0

    async def name(self, service: str) -> str:
        """Return the name of a fresh clone of a service's database."""
        with alone(self.home, service):
            if service not in self.migrated:
                await asyncio.to_thread(_migrate, self.server, service)
                self.migrated.add(service)
            self.count += 1
            name = f"{service}_{self.worker}_{self.count}"
            await self.server.clone(service, name)
        self.clones.append(name)
        return name

    async def url(self, service: str) -> str:
        """Return the runtime role's URL of a fresh clone."""
        return self.server.database_url(service, await self.name(service))

    async def engine(self, service: str) -> AsyncEngine:
        """Return an engine, as the runtime role, on a fresh clone."""
        engine = open_engine(await self.url(service), pool_size=5)
        self.engines.append(engine)
        return engine

    async def close(self) -> None:
        """Drop every clone of this test."""
        for engine in self.engines:
            await engine.dispose()
        for name in self.clones:
            await self.server.drop(name)
        self.engines.clear()
        self.clones.clear()


def _migrate(server: EmbeddedPostgres, service: str) -> None:
    migrations = importlib.import_module(f"services.{service}.store.migrations")
    migrations.upgrade(server.owner_database_url(service), runtime_role(service))
