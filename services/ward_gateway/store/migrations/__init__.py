"""The schema of the ward's database, step by step, run by its owner and never by the service."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from services.ward_gateway.store.debit_result_tables import METADATA
from shared.kit.database import grant_runtime


def upgrade(owner_url: str, runtime_role: str) -> None:
    """Bring the database to the newest revision as its owner, then grant the runtime role."""
    asyncio.run(_upgrade(owner_url, runtime_role))


async def _upgrade(owner_url: str, runtime_role: str) -> None:
    engine = create_async_engine(owner_url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_to_head)
            await connection.run_sync(grant_runtime, METADATA, runtime_role)
    finally:
        await engine.dispose()


def _to_head(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
