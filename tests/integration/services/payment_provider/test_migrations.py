"""The migrations make exactly the declared tables, and the runtime role cannot rewrite history."""

from __future__ import annotations

import asyncio

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, delete, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from deploy.service_databases import runtime_role
from services.payment_provider.store.migrations import alembic_config, upgrade
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


@pytest.mark.parametrize("table", ["terms_acceptances", "sandbox_undoings"])
async def test_an_acceptance_and_an_undoing_stand_for_ever(databases, table):
    engine = await databases.engine("payment_provider")
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match="permission denied"):
            await connection.execute(delete(METADATA.tables[table]))


OLD_STATES = ("ASKING", "BANK_RESULT_UNKNOWN", "DEBITED")
OLD_PAYMENT = """
INSERT INTO payments (id, peer_id, state, channel, municipality, barcode, amount_yen, fee_yen,
    body_sha256, asked_at, asking_until)
VALUES (gen_random_uuid(), gen_random_uuid(), '{state}', 'mobile_banking', '131041', '{barcode}',
    100, 0, '', now(), now())
"""
AT_BANK = """
UPDATE payments SET state = 'AT_BANK', bank_session = 's', session_until = now()
WHERE barcode = '1'
"""


async def test_a_payer_who_pays_while_the_schema_moves_keeps_the_slip_both_ways(databases):
    name = await databases.name("payment_provider")
    engine = create_async_engine(
        databases.server.owner_database_url("payment_provider", name), poolclass=NullPool
    )

    async def run(*statements: str) -> list:
        async with engine.begin() as connection:
            results = [await connection.execute(text(each)) for each in statements]
            return list(results[-1].scalars()) if results[-1].returns_rows else []

    async def move(direction, revision: str) -> None:
        async with engine.begin() as connection:
            await connection.run_sync(lambda c: direction(alembic_config(c), revision))

    old = {state: OLD_PAYMENT.format(state=state, barcode=n) for n, state in enumerate(OLD_STATES)}
    await move(command.downgrade, "0003")
    await run(*old.values())
    await move(command.upgrade, "head")
    await run(AT_BANK)
    for slip in old.values():
        with pytest.raises(IntegrityError, match="one_live_payment_of_a_slip"):
            await run(slip)
    await move(command.downgrade, "0003")
    for slip in old.values():
        with pytest.raises(IntegrityError, match="one_live_payment_of_a_slip"):
            await run(slip)
    states = await run("SELECT state FROM payments ORDER BY barcode")
    assert states == ["ASKING", "BANK_RESULT_UNKNOWN", "DEBITED"]
    await asyncio.to_thread(
        upgrade, engine.url.render_as_string(hide_password=False), runtime_role("payment_provider")
    )
    await engine.dispose()
