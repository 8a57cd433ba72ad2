"""The journal: what moves, moves together with its history and its audit row, or not at all."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import ProgrammingError

from shared.kit.clock import machine_now
from shared.kit.context import acting
from shared.kit.database import grant_runtime
from shared.kit.ids import new_id
from shared.kit.journal import ConcurrentUpdate
from shared.kit.states import IllegalTransition
from tests.integration.shared.kit.conftest import ROLES_OF
from tests.integration.shared.kit.things import (
    MACHINE,
    METADATA,
    TABLES,
    THINGS,
    TOOLS,
    Thing,
    send,
)

HISTORY, AUDIT = TABLES.journal.history, TABLES.journal.audit
BUSINESS_AT = datetime(2025, 6, 2, 1, 0, tzinfo=UTC)


async def test_a_record_is_opened_with_its_first_history_and_audit_row(ward):
    ids = sorted([new_id(), new_id()])
    await ward.add(*ids)
    history = await ward.rows(HISTORY)
    assert sorted(row.record_id for row in history) == [str(i) for i in ids]
    moves = {(row.record, row.version, row.event, row.from_state, row.to_state) for row in history}
    assert moves == {("things", 0, "thing_made", "", "made")}
    assert {(row.action, row.municipality) for row in await ward.rows(AUDIT)} == {
        ("thing_made", "131041")
    }


async def test_opening_nothing_writes_nothing(ward):
    async with ward.work() as work:
        await work.journal.opened("things", [], "made", "thing_made")
        await work.commit()
    assert await ward.rows(HISTORY) == []


async def test_a_move_writes_row_history_and_audit_in_one_transaction(ward):
    thing = await ward.one()
    before = machine_now()
    with acting("ward-131041-terminal-01/sato", "0b1f0c5e-0000-4000-8000-000000000001"):
        async with ward.work() as work:
            assert await send(work, thing, note="by post") == 1
            await work.commit()
    [row] = await ward.rows(THINGS)
    assert (row.state, row.version, row.note) == ("sent", 1, "by post")
    move, note = (await ward.rows(HISTORY))[-1], (await ward.rows(AUDIT))[-1]
    assert (move.record, move.record_id, move.version) == ("things", str(thing), 1)
    assert (move.event, move.from_state, move.to_state) == ("thing_sent", "made", "sent")
    assert (note.action, note.record, note.record_id) == ("thing_sent", "things", str(thing))
    assert note.details == {}
    for line in (move, note):
        assert line.municipality == "131041"
        assert line.business_at == BUSINESS_AT
        assert before <= line.machine_at <= machine_now()
        assert line.actor == "ward-131041-terminal-01/sato"
        assert line.correlation_id == "0b1f0c5e-0000-4000-8000-000000000001"


async def test_a_move_that_is_not_committed_leaves_no_trace(ward):
    thing = await ward.one()
    async with ward.work() as work:
        await send(work, thing)
    assert await ward.states() == [("made", 0)]
    assert (len(await ward.rows(HISTORY)), len(await ward.rows(AUDIT))) == (1, 1)


@pytest.mark.parametrize("version", [1, -1, 7])
async def test_a_move_from_another_version_is_a_concurrent_update(ward, version):
    thing = await ward.one()
    async with ward.work() as work:
        with pytest.raises(ConcurrentUpdate, match=str(thing)):
            await send(work, thing, version=version)
        await work.commit()
    assert await ward.states() == [("made", 0)]
    assert len(await ward.rows(HISTORY)) == 1


async def test_a_move_from_another_state_is_a_concurrent_update(ward):
    thing = await ward.one()
    async with ward.work() as work:
        with pytest.raises(ConcurrentUpdate):
            await work.journal.advance(
                THINGS,
                MACHINE,
                record_id=thing,
                version=0,
                source=Thing.SENT,
                target=Thing.LOST,
            )


async def test_a_move_of_a_record_that_does_not_exist_is_a_concurrent_update(ward):
    async with ward.work() as work:
        with pytest.raises(ConcurrentUpdate):
            await send(work, new_id())


async def test_a_move_that_the_table_does_not_know_is_a_bug_and_changes_nothing(ward):
    thing = await ward.one()
    async with ward.work() as work:
        with pytest.raises(IllegalTransition):
            await work.journal.advance(
                THINGS, MACHINE, record_id=thing, version=0, source=Thing.MADE, target=Thing.LOST
            )
        await work.commit()
    assert await ward.states() == [("made", 0)]


async def test_when_two_connections_race_exactly_one_of_them_moves_the_record(ward):
    thing = await ward.one()
    both_have_read = asyncio.Barrier(2)

    async def mover() -> str:
        async with ward.work() as work:
            await work.connection.execute(text("SELECT 1"))
            await both_have_read.wait()
            try:
                await send(work, thing)
            except ConcurrentUpdate:
                return "too late"
            await work.commit()
            return "moved"

    assert sorted(await asyncio.gather(mover(), mover())) == ["moved", "too late"]
    assert await ward.states() == [("sent", 1)]
    assert len(await ward.rows(HISTORY)) == len(await ward.rows(AUDIT)) == 2


async def test_a_loser_waits_for_the_first_to_commit_and_only_then_loses(ward):
    thing = await ward.one()
    async with ward.work() as first, ward.work() as second:
        await send(first, thing)
        waiting = asyncio.create_task(send(second, thing))
        assert not (await asyncio.wait([waiting], timeout=0.2))[0]
        await first.commit()
        with pytest.raises(ConcurrentUpdate):
            await waiting


async def test_if_the_first_rolls_back_the_second_moves_the_record(ward):
    thing = await ward.one()
    async with ward.work() as second:
        async with ward.work() as first:
            await send(first, thing)
            waiting = asyncio.create_task(send(second, thing))
            assert not (await asyncio.wait([waiting], timeout=0.2))[0]
        assert await waiting == 1
        await second.commit()
    assert await ward.states() == [("sent", 1)]


async def test_a_table_without_municipalities_moves_as_well(ward):
    async with ward.work() as work:
        await work.connection.execute(insert(TOOLS).values(id="saw", state="made", version=0))
        await work.journal.advance(
            TOOLS, MACHINE, record_id="saw", version=0, source=Thing.MADE, target=Thing.SENT
        )
        await work.commit()
    [move] = await ward.rows(HISTORY)
    assert (move.record, move.record_id, move.municipality) == ("tools", "saw", "")


async def test_many_records_move_set_based_and_each_has_its_rows(ward):
    ids = [new_id() for _ in range(5)]
    await ward.add(*ids)
    async with ward.work() as work:
        await send(work, ids[4])
        moved = await work.journal.advance_many(
            THINGS,
            MACHINE,
            record_ids=[*ids, new_id()],
            source=Thing.MADE,
            target=Thing.SENT,
            values={"note": "all"},
        )
        await work.commit()
    assert moved == 4
    sent = [row.record_id for row in await ward.rows(HISTORY) if row.event == "thing_sent"]
    audited = [row.record_id for row in await ward.rows(AUDIT) if row.action == "thing_sent"]
    assert sorted(sent) == sorted(audited) == sorted(str(i) for i in ids)
    assert sorted(row.note for row in await ward.rows(THINGS)) == ["", *["all"] * 4]


async def test_moving_nobody_moves_nobody(ward):
    await ward.one()
    async with ward.work() as work:
        moved = await work.journal.advance_many(
            THINGS, MACHINE, record_ids=[], source=Thing.MADE, target=Thing.SENT
        )
    assert moved == 0


async def test_more_records_than_a_statement_has_parameters_move_at_once(ward):
    count = 33_000
    async with ward.work() as work:
        await work.connection.execute(
            text(
                "INSERT INTO tools (id, state, version)"
                " SELECT 'tool-' || n, 'made', 0 FROM generate_series(1, :count) n"
            ),
            {"count": count},
        )
        moved = await work.journal.advance_many(
            TOOLS,
            MACHINE,
            record_ids=[f"tool-{n}" for n in range(1, count + 1)],
            source=Thing.MADE,
            target=Thing.SENT,
        )
    assert moved == count


async def test_a_change_that_moves_no_record_is_audited(ward):
    async with ward.work() as work:
        await work.journal.audit("file_taken", "files", 7, details={"records": 3})
        await work.commit()
    [row] = await ward.rows(AUDIT)
    assert (row.action, row.record, row.record_id) == ("file_taken", "files", "7")
    assert (row.details, row.municipality) == ({"records": 3}, "")
    assert await ward.rows(HISTORY) == []


@pytest.mark.parametrize("table", [HISTORY, AUDIT], ids=lambda table: table.name)
async def test_the_runtime_role_cannot_rewrite_what_happened(ward, table):
    await ward.one()
    forbidden = [
        update(table).values(actor="somebody else"),
        delete(table),
        text(f"TRUNCATE {table.name}"),
        text(f"DROP TABLE {table.name}"),
        text(f"ALTER TABLE {table.name} DROP COLUMN actor"),
        text(f"CREATE RULE quiet AS ON INSERT TO {table.name} DO INSTEAD NOTHING"),
    ]
    for statement in forbidden:
        async with ward.work() as work:
            with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
                await work.connection.execute(statement)
    assert [row.actor for row in await ward.rows(table)] == ["-"]


async def test_the_runtime_role_may_change_the_other_tables(ward):
    thing = await ward.one()
    async with ward.work() as work:
        await work.connection.execute(delete(THINGS).where(THINGS.c.id == thing))
        await work.commit()
    assert await ward.rows(THINGS) == []


async def test_the_runtime_role_makes_no_tables(ward):
    async with ward.work() as work:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await work.connection.execute(text("CREATE TABLE mine (id int)"))


async def test_rights_that_were_given_by_mistake_are_taken_back(ward, owner_engine):
    role = f"{ROLES_OF}_runtime"
    async with owner_engine.begin() as connection:
        await connection.execute(text(f"GRANT ALL ON history TO {role}"))
        await connection.run_sync(grant_runtime, METADATA, role)
    async with ward.work() as work:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await work.connection.execute(delete(HISTORY))


async def test_one_version_of_a_record_has_one_history_row(ward):
    thing = await ward.one()
    async with ward.work() as work:
        with pytest.raises(Exception, match="history_record"):
            await work.journal.opened("things", [thing], "made", "thing_made")
