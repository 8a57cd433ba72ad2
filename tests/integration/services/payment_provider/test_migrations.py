"""The migrations make exactly the declared tables, and the runtime role cannot rewrite history."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import DBAPIError

from services.payment_provider.store.tables import METADATA


def _differences(connection) -> list:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    known = (*METADATA.tables, "alembic_version")
    found = compare_metadata(context, METADATA)
    return [diff for diff in found if getattr(diff[-1], "name", "") not in known[-1:]]


def _checks(connection) -> dict[str, set[str]]:
    found = inspect(connection)
    return {
        table: {check["name"] for check in found.get_check_constraints(table)}
        for table in METADATA.tables
    }


async def test_the_migrations_make_the_declared_tables(databases):
    engine = await databases.engine("payment_provider")
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
        declared = {
            table.name: {
                check.name
                for column in table.columns
                for check in column.constraints
                if isinstance(check, CheckConstraint)
            }
            for table in METADATA.tables.values()
        }
        assert await connection.run_sync(_checks) == declared


@pytest.mark.parametrize("table", ["history", "audit", "transfer_orders", "sandbox_debits"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET municipality = 'x'"])
async def test_what_is_insert_only_cannot_be_changed(databases, table, verb):
    engine = await databases.engine("payment_provider")
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match="permission denied"):
            await connection.execute(text(verb.format(table)))
