"""The migrations make exactly the tables; what is insert-only cannot be changed by the service."""

from __future__ import annotations

from itertools import product

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from services.ward_gateway.store.tables import METADATA


async def test_the_migrations_make_exactly_the_tables(databases) -> None:
    engine = await databases.engine("ward_gateway")

    def differences(connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        found = compare_metadata(context, METADATA)
        return [change for change in found if "alembic_version" not in str(change)]

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_what_happened_cannot_be_unwritten(databases) -> None:
    engine = await databases.engine("ward_gateway")
    columns = {"history": "actor", "audit": "actor", "erasures": "actor", "statements": "body"}
    changes = ("DELETE FROM {0}", "UPDATE {0} SET {1} = {1}", "TRUNCATE {0}")
    for (table, column), change in product(columns.items(), changes):
        async with engine.connect() as connection:
            with pytest.raises(ProgrammingError, match="permission denied"):
                await connection.execute(text(change.format(table, column)))
