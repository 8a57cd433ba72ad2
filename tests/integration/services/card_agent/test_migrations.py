"""The migrations make exactly the tables that the code declares, and history stays as written."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import ProgrammingError

from services.card_agent.store.tables import METADATA


async def test_migrations_equal_the_tables(databases) -> None:
    engine = await databases.engine("card_agent")
    async with engine.connect() as connection:
        difference = await connection.run_sync(
            lambda c: compare_metadata(
                MigrationContext.configure(c, opts={"compare_type": True}), METADATA
            )
        )
    assert [d for d in difference if "alembic_version" not in str(d)] == []


@pytest.mark.parametrize("table", ["history", "audit", "report_lines", "reported_payments"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET municipality = ''"])
async def test_what_happened_cannot_be_changed(databases, table, change) -> None:
    engine = await databases.engine("card_agent")
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with engine.begin() as connection:
            await connection.exec_driver_sql(change.format(table))
