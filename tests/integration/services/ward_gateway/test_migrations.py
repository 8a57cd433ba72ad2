"""A ward that has sent slips before there were orders: nothing of what it knew is lost."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from services.ward_gateway.store import migrations

OLD_UPLOAD = """
INSERT INTO billing_uploads (id, state, file_sequence, sha256, content, record_count, total_yen,
    built_at)
VALUES (gen_random_uuid(), 'ACCEPTED', 1, '', '', 3, 3, '2025-06-02 16:00+09')
"""
OLD_CLAIMS = """
INSERT INTO assessments (id, fiscal_year, assessed_year, levy_year, notice_number, instalment,
    account_code, collection_method, payment_method, year_class, assessment_number, corrections,
    assessed_on, amount_yen, medical_yen, support_yen, care_yen, child_yen, due_date, limit_date,
    slip_type, issue, liable_person_id, payer_name_kana)
SELECT gen_random_uuid(), 2025, 2025, 2025, CAST(n AS text), 1, '0001', 1, 1, 1, 'A', 0,
    '2025-06-01', 1, 1, 0, 0, 0, '2025-06-30', '2025-08-29', 1, 0, 'P', 'ﾀﾛｳ'
FROM generate_series(1, 4) n
"""
# In the file: refused, held, not answered. In no file: issued. Numbered against their places.
OLD_SLIPS = """
INSERT INTO slips (id, state, slip_type, fiscal_year, levy_year, notice_number, instalment, issue,
    amount_yen, due_date, limit_date, institution_number, payment_number, confirmation_number,
    category, effective_from, billing_upload_id, issued_at)
SELECT gen_random_uuid(), (ARRAY['REFUSED', 'HELD', 'SENT', 'ISSUED'])[a.n], 1, 2025, 2025,
    a.notice_number, 1, 0, 1, '2025-06-30', '2025-08-29', '13104', a.notice_number, '0000', '341',
    '2025-06-02', CASE WHEN a.n < 4 THEN u.id END, '2025-06-02 10:00+09'
FROM (SELECT *, CAST(notice_number AS integer) AS n FROM assessments) a, billing_uploads u
"""
OLD_ITEMS = """
INSERT INTO slip_items SELECT s.id, a.id, 1 FROM slips s JOIN assessments a USING (notice_number)
"""
OLD_HISTORY = """
INSERT INTO history (record, record_id, municipality, version, event, from_state, to_state,
    business_at, machine_at, actor, correlation_id)
SELECT 'slips', CAST(id AS text), '', 2, 'moved', 'SENT', state, '2025-06-03 08:30+09', now(),
    'job', '' FROM slips WHERE state IN ('HELD', 'REFUSED')
"""
# In the order of their numbers: accepted, refused, sent, thought not to have arrived, never sent.
OLD_UPLOADS = """
INSERT INTO billing_uploads (id, state, version, file_sequence, sha256, content, record_count,
    total_yen, built_at)
SELECT gen_random_uuid(), state, 1, n, 'hash', '', 1, 1, '2025-06-02 16:00+09'
FROM (VALUES (2, 'ACCEPTED'), (3, 'REFUSED'), (4, 'SENT'), (5, 'BUILT'), (6, 'BUILT')) u (n, state)
"""
OLD_UPLOADS_LEFT = """
INSERT INTO history (record, record_id, municipality, version, event, from_state, to_state,
    business_at, machine_at, actor, correlation_id)
SELECT 'billing_uploads', CAST(id AS text), '', 1, 'billing_file_sent', 'BUILT', 'SENT',
    '2025-06-02 16:01+09', now(), 'job:upload_billing', '' FROM billing_uploads
WHERE file_sequence BETWEEN 2 AND 5
"""
OLD_NOTICE = """
INSERT INTO paper_notices (id, bank_code, branch_code, paid_on, stamp_number, payment_number,
    amount_yen, paid_in_on, taken_at)
VALUES (gen_random_uuid(), '0001', '123', '2025-06-11', '0042', '1', 1, '2025-06-13', now())
"""
UPLOADS = """
SELECT file_sequence, state, released_by, released_sha256,
    to_char(sent_at AT TIME ZONE 'Asia/Tokyo', 'HH24:MI') AS sent_at
FROM billing_uploads WHERE prepared_by = 'not written down' ORDER BY file_sequence
"""
ORDERS = """
SELECT s.notice_number, o.kind, o.record_seq, o.outcome, o.payer_name_kana,
    CAST(o.answered_at AT TIME ZONE 'Asia/Tokyo' AS date) AS answered_on, s.centre_effective_on
FROM slips s LEFT JOIN billing_orders o ON o.slip_id = s.id ORDER BY s.notice_number
"""


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


async def test_what_was_sent_before_there_were_orders_becomes_orders(databases) -> None:
    name = await databases.name("ward_gateway", is_used_up=True)
    url = databases.server.owner_database_url("ward_gateway", name)
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda c: command.downgrade(_alembic(c), "0003"))
            for old in (OLD_UPLOAD, OLD_CLAIMS, OLD_SLIPS, OLD_ITEMS, OLD_HISTORY):
                await connection.execute(text(old))
            await connection.run_sync(lambda c: command.upgrade(_alembic(c), "head"))
            orders = [tuple(row) for row in await connection.execute(text(ORDERS))]
            await connection.run_sync(lambda c: command.downgrade(_alembic(c), "0003"))
            in_file = text("SELECT count(*) FROM slips WHERE billing_upload_id IS NOT NULL")
            kept = (await connection.execute(in_file)).scalar_one()
    finally:
        await engine.dispose()
    read_on = date(2025, 6, 3)
    assert orders == [
        ("1", 1, 1, "refused", "ﾀﾛｳ", read_on, None),
        ("2", 1, 2, "held", "ﾀﾛｳ", read_on, date(2025, 6, 4)),
        ("3", 1, 3, None, "ﾀﾛｳ", None, None),
        ("4", None, None, None, None, None, None),
    ]
    assert kept == 3


async def test_what_left_before_releases_keeps_its_way_and_what_did_not_needs_one(
    databases,
) -> None:
    name = await databases.name("ward_gateway", is_used_up=True)
    url = databases.server.owner_database_url("ward_gateway", name)
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda c: command.downgrade(_alembic(c), "0004"))
            for old in (OLD_UPLOAD, OLD_UPLOADS, OLD_UPLOADS_LEFT):
                await connection.execute(text(old))
            await connection.run_sync(lambda c: command.upgrade(_alembic(c), "head"))
            uploads = [tuple(row) for row in await connection.execute(text(UPLOADS))]
            await connection.run_sync(lambda c: command.downgrade(_alembic(c), "0004"))
            states = text("SELECT state FROM billing_uploads ORDER BY file_sequence")
            kept = list((await connection.execute(states)).scalars())
    finally:
        await engine.dispose()
    nobody = "sent before releases"
    assert uploads == [
        (1, "ACCEPTED", nobody, "", "16:00"),  # when it was built: nothing else is written down
        (2, "ACCEPTED", nobody, "hash", "16:01"),
        (3, "REFUSED", nobody, "hash", "16:01"),
        (4, "SENT", nobody, "hash", "16:01"),
        (5, "RELEASED", nobody, "hash", "16:01"),
        (6, "BUILT", None, None, None),
    ]
    assert kept == ["ACCEPTED", "ACCEPTED", "REFUSED", "SENT", "BUILT", "BUILT"]


OLD_FILE = """
INSERT INTO assessment_files (sha256, record_count, added, total_yen, taken_at)
VALUES ('old', 4, 4, 4, '2025-06-02 10:00+09')
"""
PRINTED = """
SELECT DISTINCT i.corrections, f.added_yen, f.corrected, f.cancelled
FROM slip_items i, assessment_files f
"""


async def test_old_files_and_slips_say_what_they_did_before_there_were_corrections(
    databases,
) -> None:
    name = await databases.name("ward_gateway", is_used_up=True)
    url = databases.server.owner_database_url("ward_gateway", name)
    engine = create_async_engine(url, poolclass=NullPool)
    old_slips = OLD_SLIPS.replace("billing_upload_id, ", "").replace(
        "CASE WHEN a.n < 4 THEN u.id END, ", ""
    )
    counted = "UPDATE assessments SET corrections = 2"
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda c: command.downgrade(_alembic(c), "0004"))
            for old in (OLD_UPLOAD, OLD_FILE, OLD_CLAIMS, counted, old_slips, OLD_ITEMS):
                await connection.execute(text(old))
            await connection.run_sync(lambda c: command.upgrade(_alembic(c), "head"))
            printed = [tuple(row) for row in await connection.execute(text(PRINTED))]
    finally:
        await engine.dispose()
    assert printed == [(2, 4, 0, 0)], "a slip was printed after the corrections that its claim had"


async def test_a_notice_from_before_withdrawals_can_be_withdrawn_by_anybody(databases) -> None:
    name = await databases.name("ward_gateway", is_used_up=True)
    url = databases.server.owner_database_url("ward_gateway", name)
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda c: command.downgrade(_alembic(c), "0008"))
            await connection.execute(text(OLD_NOTICE))
            await connection.run_sync(lambda c: command.upgrade(_alembic(c), "head"))
            query = text("SELECT handed_in_by, withdrawn_at FROM paper_notices")
            notices = [tuple(row) for row in await connection.execute(query)]
            await connection.run_sync(lambda c: command.downgrade(_alembic(c), "0008"))
            await connection.run_sync(lambda c: command.upgrade(_alembic(c), "head"))
    finally:
        await engine.dispose()
    assert notices == [("not written down", None)]
