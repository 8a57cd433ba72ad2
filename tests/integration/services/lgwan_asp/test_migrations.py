"""The migrations make exactly the tables that the store declares."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from services.lgwan_asp.store.tables import METADATA


def _differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    return [d for d in compare_metadata(context, METADATA) if "alembic_version" not in str(d)]


async def test_the_migrated_schema_equals_the_declared_tables(databases):
    engine = await databases.engine("lgwan_asp")
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_the_runtime_role_cannot_change_history(databases):
    engine = await databases.engine("lgwan_asp")
    rights = text(
        "SELECT has_table_privilege('history', 'UPDATE'), has_table_privilege('history', 'DELETE'),"
        " has_table_privilege('audit', 'UPDATE'), has_table_privilege('audit', 'INSERT')"
    )
    async with engine.connect() as connection:
        assert tuple((await connection.execute(rights)).one()) == (False, False, False, True)
