"""The centre's schema, step by step: Alembic configured in code, run by the owner role only."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from services.lgwan_asp.store import bank_total_tables, operation_tables, tables, unposted_tables
from shared.kit.database import grant_runtime

METADATA = tables.METADATA
DECLARED_IN = (tables, operation_tables, unposted_tables, bank_total_tables)
"""Every module that declares tables: one that nobody imports would be missing from METADATA."""


def upgrade(owner_url: str, runtime_role: str) -> None:
    """Bring the database to the newest schema and grant the runtime role what it needs."""
    asyncio.run(_upgrade(owner_url, runtime_role))


async def _upgrade(owner_url: str, runtime_role: str) -> None:
    engine = create_async_engine(owner_url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run, runtime_role)
    finally:
        await engine.dispose()


def _run(connection: Connection, runtime_role: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    grant_runtime(connection, METADATA, runtime_role)
