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


async def test_what_was_asked_and_ordered_before_the_second_migration_stays_so(databases):
    name = await databases.name("payment_provider", is_used_up=True)
    url = databases.server.owner_database_url("payment_provider", name)
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda c: command.downgrade(alembic_config(c), "0001"))
            await connection.execute(text(OLD_ROWS))
            await connection.execute(text(OLD_ORDER))
            await connection.execute(text(OLD_RECEIPT))
            await connection.run_sync(lambda c: command.upgrade(alembic_config(c), "head"))
            payment = (await connection.execute(text("SELECT id, peer_id FROM payments"))).one()
            receipt = (
                await connection.execute(text("SELECT transfer_order_id FROM receipts"))
            ).scalar_one()
            order = (await connection.execute(text("SELECT id FROM transfer_orders"))).scalar_one()
    finally:
        await engine.dispose()
    assert payment.peer_id == payment.id
    assert receipt == order


OLD_ROWS = """
INSERT INTO payments (id, state, channel, municipality, barcode, amount_yen, fee_yen, body_sha256,
    asked_at, asking_until)
VALUES (gen_random_uuid(), 'DEBITED', 'mobile_banking', '131041', '1', 10, 0, '', now(), now())
"""
OLD_ORDER = """
INSERT INTO transfer_orders (id, municipality, value_date, receipt_count, amount_yen,
    remitter_code, remitter_name_kana, written_at)
VALUES (gen_random_uuid(), '131041', '2025-06-05', 1, 10, '1', 'A', now())
"""
OLD_RECEIPT = """
INSERT INTO receipts (id, state, payment_id, municipality, channel, barcode, amount_yen, paid_at,
    shop_number, confirm_on, transfer_date)
SELECT gen_random_uuid(), 'CONFIRMED', id, municipality, channel, barcode, amount_yen, now(),
    1, '2025-06-05', '2025-06-05' FROM payments
"""


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
    name = await databases.name("payment_provider", is_used_up=True)
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
