"""The migrations make exactly the tables that the store declares."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from deploy.service_databases import runtime_role
from services.lgwan_asp.store import migrations
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


_KEY = "'131041', '13104', '{}', '341'"
_BILL = (
    "'4711', 100, 100, 0, 0, DATE '2025-06-30', DATE '2025-08-29', 2025, 2025, 1, '0001', '1', 0,"
    " 1, 'ﾃｽﾄ', 'ﾃｽﾄ'"
)
_VALUES = (
    "confirmation_number, amount_yen, principal_yen, late_charge_yen, fee_yen, due_date,"
    " limit_date, levy_year, assessed_year, instalment, account_code, notice_number, issue,"
    " slip_type, payer_name_kana, description_kana"
)
_APPLIED, _WAITS = (f"00000000-0000-0000-0000-00000000000{n}" for n in (1, 2))


def _old_rows() -> list[str]:
    """Return books of before: an applied upload in which one key stands twice, and one to come."""
    files = [
        f"INSERT INTO billing_files (id, state, municipality, institution_number, file_sequence,"  # noqa: S608
        f" sha256, record_count, total_yen, received_at) VALUES ('{file}', '{state}', '131041',"
        f" '13104', {number}, '', {count}, 0, now())"
        for number, (file, state, count) in enumerate(
            ((_APPLIED, "APPLIED", 4), (_WAITS, "ACCEPTED", 1)), start=1
        )
    ]
    records = [
        f"INSERT INTO billing_records (file_id, record_seq, turn, municipality,"  # noqa: S608
        f" institution_number, payment_number, category, proc, {_VALUES}, effective_from,"
        f" error_code) VALUES ('{file}', {number}, {turn}, {_KEY.format(key)}, 1, {_BILL},"
        f" DATE '2025-06-03', {error})"
        for file, number, turn, key, error in (
            (_APPLIED, 1, 1, "A", "NULL"),
            (_APPLIED, 2, 1, "B", "NULL"),
            (_APPLIED, 3, 2, "A", "NULL"),
            (_APPLIED, 4, 3, "A", "'E110'"),
            (_WAITS, 1, 1, "C", "NULL"),
        )
    ]
    bills = [
        f"INSERT INTO bills (municipality, institution_number, payment_number, category,"  # noqa: S608
        f" {_VALUES}, effective_on, file_id)"
        f" VALUES ({_KEY.format(key)}, {_BILL}, DATE '2025-06-03', '{_APPLIED}')"
        for key in ("A", "B")
    ]
    return [*files, *records, *bills]


async def _move_back(url: str, *statements: str) -> list[tuple]:
    """Go back to the first schema, run statements there, and return the rows of the last one."""

    def go_back(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")

    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(go_back)
            for statement in statements:
                found = await connection.execute(text(statement))
            return [tuple(row) for row in found] if found.returns_rows else []
    finally:
        await engine.dispose()


async def test_what_was_uploaded_before_the_second_migration_is_applied_as_far_as_it_was(databases):
    name = await databases.name("lgwan_asp")
    url = databases.server.owner_database_url("lgwan_asp", name)
    forward = (migrations.upgrade, url, runtime_role("lgwan_asp"))
    await _move_back(url, *_old_rows())
    await asyncio.to_thread(*forward)
    async with databases.server.connection(name) as connection:
        files = await connection.fetch(
            "SELECT applied_through, keys_repeat FROM billing_files ORDER BY file_sequence"
        )
        bills = await connection.fetch("SELECT record_seq FROM bills ORDER BY payment_number")
    assert [tuple(row) for row in files] == [(4, True), (0, True)]
    assert [row["record_seq"] for row in bills] == [3, 2]
    turns = await _move_back(url, "SELECT turn FROM billing_records ORDER BY file_id, record_seq")
    assert turns == [(1,), (1,), (2,), (3,), (1,)]
    await asyncio.to_thread(*forward)
