"""A service's database in its own server: two roles, one database, its schema; then no more rights.

Runs as the administrator and the owner; the service's container never sees either password.
"""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path

import asyncpg

from deploy.container.handouts import DATABASE_PORT, database_host_of, database_url
from deploy.home import Home
from deploy.service_databases import (
    ADMIN,
    Passwords,
    ensure_service_database,
    owner_role,
    revoke_from_public,
    runtime_role,
)

CONNECT_SECONDS = 10


def migrate(service: str, handed_out: Path) -> None:
    """Make what is missing of a service's database and bring its schema up to date."""
    passwords = Passwords(Home(handed_out))
    asyncio.run(_make_database(service, passwords))
    owner = owner_role(service)
    module = importlib.import_module(f"services.{service}.store.migrations")
    module.upgrade(database_url(service, owner, passwords.of(owner)), runtime_role(service))


async def _make_database(service: str, passwords: Passwords) -> None:
    connection = await asyncpg.connect(
        host=database_host_of(service),
        port=DATABASE_PORT,
        user=ADMIN,
        password=passwords.of(ADMIN),
        database="postgres",
        timeout=CONNECT_SECONDS,
    )
    try:
        await ensure_service_database(connection, service, passwords)
        await revoke_from_public(connection)
    finally:
        await connection.close()
