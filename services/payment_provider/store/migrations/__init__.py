"""The provider's schema, moved forward by Alembic as the owner of the database.

Configured in code: no ini file, no dependence on the current folder.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from services.payment_provider.store.tables import METADATA
from shared.kit.database import grant_runtime


def upgrade(owner_url: str, runtime_role: str) -> None:
    """Bring a database to the newest schema and grant the runtime role what it needs.

    Safe to repeat. owner_url: an asyncpg URL of the role that owns the database.
    """
    asyncio.run(_upgrade(owner_url, runtime_role))


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for one open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def _upgrade(owner_url: str, runtime_role: str) -> None:
    engine = create_async_engine(owner_url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda c: command.upgrade(alembic_config(c), "head"))
            await connection.run_sync(grant_runtime, METADATA, runtime_role)
    finally:
        await engine.dispose()
