"""A database with a tiny schema, made by an owner role and used as a runtime role."""

from __future__ import annotations

import os

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from deploy.service_databases import owner_role, runtime_role
from shared.kit.database import grant_runtime, open_engine
from tests.integration.shared.kit.things import METADATA, Ward

ROLES_OF = "card_agent"
"""Whose two roles are borrowed; its tables are not."""


@pytest_asyncio.fixture(scope="session")
async def tiny_database(database_server):
    """Return the name of a database of this worker, with the tiny schema in it."""
    _, server = database_server
    name = f"kit_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    owner, runtime = owner_role(ROLES_OF), runtime_role(ROLES_OF)
    async with server.connection() as connection:
        await connection.execute(f"CREATE DATABASE {name} OWNER {owner} TEMPLATE template0")
        await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        await connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {runtime}")
    engine = create_async_engine(server.owner_database_url(ROLES_OF, name), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        await connection.run_sync(grant_runtime, METADATA, runtime)
    await engine.dispose()
    return name


@pytest_asyncio.fixture
async def database(database_server, shelf, tiny_database):
    """Return the name of an empty database that no other test uses meanwhile."""
    yield tiny_database
    await shelf.empty(database_server[1], tiny_database)


@pytest_asyncio.fixture
async def owner_engine(database_server, database):
    """An engine as the role that owns the tables."""
    url = database_server[1].owner_database_url(ROLES_OF, database)
    engine = create_async_engine(url, poolclass=NullPool)
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture
async def engine(database_server, database):
    """An engine as the role that a service runs as."""
    made = open_engine(database_server[1].database_url(ROLES_OF, database), pool_size=5)
    yield made
    await made.dispose()


@pytest.fixture
def ward(engine, clock) -> Ward:
    """The tiny organisation."""
    return Ward(engine, clock)
