"""The hot path's statements: asyncpg's speed, and the unit of work's transaction all the same."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from shared.kit.hot_path import HotStatement
from shared.kit.ids import new_id
from tests.integration.shared.kit.things import TABLES, THINGS, Thing

ADD = HotStatement(
    "INSERT INTO things (id, municipality, state, version, note)"
    " VALUES (:id, :town, :state, 0, CAST(:town AS text)) RETURNING note"
)
BACKEND = HotStatement("SELECT pg_backend_pid() AS pid")


def row() -> dict[str, object]:
    return {"id": new_id(), "town": "131041", "state": "made"}


def thing(note: str = "") -> dict[str, object]:
    return {"id": new_id(), "municipality": "131041", "state": "made", "version": 0, "note": note}


async def test_names_may_repeat_and_a_missing_one_is_an_error(ward):
    assert ADD.names == ("id", "town", "state")
    async with ward.work() as work:
        made = await ADD.row(work.connection, row())
        assert made is not None
        assert made["note"] == "131041"
        with pytest.raises(KeyError, match="state"):
            await ADD.row(work.connection, {"id": new_id(), "town": "131041"})
        await work.commit()
    assert await ward.states() == [("made", 0)]


async def test_no_row_is_none(ward):
    nothing = HotStatement("SELECT 1 FROM things WHERE municipality = :town")
    async with ward.work() as work:
        assert await nothing.row(work.connection, {"town": "131041"}) is None


async def test_leaving_without_commit_rolls_back(ward):
    async with ward.work() as work:
        await ADD.row(work.connection, row())
        assert await ward.states() == []
    assert await ward.states() == []
    assert ward.engine.pool.checkedout() == 0


async def test_a_statement_alone_is_lasting_at_once_unless_a_transaction_is_open(ward):
    async with ward.work() as work:
        await ADD.row_alone(work.connection, row())
        assert len(await ward.states()) == 1
        await ADD.row(work.connection, row())
        await ADD.row_alone(work.connection, row())
        assert len(await ward.states()) == 1
    assert len(await ward.states()) == 1


async def test_after_a_commit_the_next_statement_is_a_new_transaction(ward):
    async with ward.work() as work:
        await ADD.row(work.connection, row())
        await work.commit()
        await ADD.row(work.connection, row())
    assert len(await ward.states()) == 1


async def test_both_ways_share_one_transaction_in_either_order(ward):
    for hot_first in (True, False):
        async with ward.work() as work:
            if hot_first:
                await ADD.row(work.connection, row())
            await work.connection.execute(insert(THINGS).values(thing()))
            if not hot_first:
                await ADD.row(work.connection, row())
            assert await ward.states() == []
        assert await ward.states() == []
    async with ward.work() as work:
        await ADD.row(work.connection, row())
        await work.connection.execute(insert(THINGS).values(thing()))
        await ADD.row(work.connection, row())
        await work.commit()
    assert len(await ward.states()) == 3


async def test_a_statement_that_fails_takes_the_transaction_with_it(ward):
    same = row()
    async with ward.work() as work:
        await ADD.row(work.connection, same)
        with pytest.raises(asyncpg.UniqueViolationError):
            await ADD.row(work.connection, same)
    assert await ward.states() == []
    async with ward.work() as work:
        await ADD.row(work.connection, same)
        await work.commit()
    assert len(await ward.states()) == 1


async def test_being_called_off_rolls_back(ward):
    added = asyncio.Event()

    async def use_case() -> None:
        async with ward.work() as work:
            await ADD.row(work.connection, row())
            added.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(use_case())
    await added.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await ward.states() == []
    assert ward.engine.pool.checkedout() == 0


async def test_being_called_off_while_a_transaction_begins_leaves_none_to_the_next(ward):
    """Wherever it happens: what is committed next on that connection is lasting."""
    kept: list[object] = []

    async def use_case(which: dict[str, object]) -> None:
        async with ward.work() as work:
            await ADD.row(work.connection, which)
            await work.commit()
        kept.append(which["id"])

    async with ward.engine.connect() as another:  # which sees what is lasting, and nothing else
        await another.execute(select(1))
        await use_case(row())
        for turns in range(12):  # of the loop, from before the BEGIN until after the statement
            task = asyncio.create_task(use_case(row()))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await use_case(row())
        lasting = set((await another.execute(select(THINGS.c.id))).scalars())
    assert lasting >= set(kept)
    assert ward.engine.pool.checkedout() == 0


async def test_a_connection_that_the_server_ended_is_not_used_again(ward):
    """Both while it is at work, and while it rests in the pool."""
    async with ward.work() as work, ward.work() as other:
        backend = await BACKEND.row(work.connection, {})
        assert backend is not None
        end = text(f"SELECT pg_terminate_backend({backend['pid']}, 5000)")
        await other.connection.execute(end)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError)):
            await ADD.row(work.connection, row())
    for _ in range(3):
        async with ward.work() as work, ward.work() as other:
            await ADD.row(work.connection, row())
            await ADD.row(other.connection, row())
            await work.commit()
            await other.commit()
    assert len(await ward.states()) == 6
    assert ward.engine.pool.checkedout() == 0


async def test_a_row_is_added_with_its_books_once(ward):
    values = {"id": new_id(), "municipality": "131041", "note": "x"}

    async def add(constraint: str | None = "things_pkey") -> bool:
        async with ward.work() as work:
            added = await work.journal.add_row(
                THINGS, values, state=Thing.MADE, event="thing_made", once=constraint
            )
            await work.commit()
        return added

    assert await add()
    assert not await add()
    with pytest.raises(asyncpg.UniqueViolationError):
        await add(None)
    [history] = await ward.rows(TABLES.journal.history)
    moved = (history.record, history.record_id, history.version, history.event)
    assert moved == ("things", str(values["id"]), 0, "thing_made")
    assert (history.from_state, history.to_state, history.municipality) == ("", "made", "131041")
    [audit] = await ward.rows(TABLES.journal.audit)
    assert (audit.action, audit.record_id, audit.details) == ("thing_made", str(values["id"]), {})
