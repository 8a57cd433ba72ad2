"""The unit of work: committed by the use case, rolled back by everything else."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import NullPool, insert, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from shared.kit.book_rows import Moved, Noted, written_in_books
from shared.kit.hot_path import AlreadyThere, HotStatement, LastStep
from shared.kit.ids import new_id
from tests.integration.shared.kit.things import TABLES, THINGS

SECRET = "Yamada Taro"


def row(note: str = "") -> dict[str, object]:
    return {"id": new_id(), "municipality": "131041", "state": "made", "version": 0, "note": note}


async def test_what_was_committed_stays(ward):
    async with ward.work() as work:
        await work.connection.execute(insert(THINGS).values(row()))
        await work.commit()
    assert len(await ward.rows(THINGS)) == 1


async def test_leaving_without_commit_rolls_back(ward):
    async with ward.work() as work:
        await work.connection.execute(insert(THINGS).values(row()))
    assert await ward.rows(THINGS) == []


async def test_an_exception_rolls_back_and_goes_on(ward):
    async def use_case() -> None:
        async with ward.work() as work:
            await work.connection.execute(insert(THINGS).values(row()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await use_case()
    assert await ward.rows(THINGS) == []


async def test_an_exception_after_commit_takes_nothing_back(ward):
    async def use_case() -> None:
        async with ward.work() as work:
            await work.connection.execute(insert(THINGS).values(row()))
            await work.commit()
            await work.connection.execute(insert(THINGS).values(row()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await use_case()
    assert len(await ward.rows(THINGS)) == 1


async def test_being_called_off_rolls_back(ward):
    inserted = asyncio.Event()

    async def use_case() -> None:
        async with ward.work() as work:
            await work.connection.execute(insert(THINGS).values(row()))
            inserted.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(use_case())
    await inserted.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await ward.rows(THINGS) == []


async def test_nobody_sees_what_is_not_committed(ward):
    async with ward.work() as work:
        await work.connection.execute(insert(THINGS).values(row()))
        assert await ward.rows(THINGS) == []
        await work.commit()
        assert len(await ward.rows(THINGS)) == 1


async def test_a_unit_of_work_that_is_not_open_has_no_connection(ward):
    work = ward.work()
    with pytest.raises(AssertionError, match="not open"):
        _ = work.connection
    async with work:
        await work.connection.execute(text("SELECT 1"))
    with pytest.raises(AssertionError, match="not open"):
        await work.commit()


async def test_every_connection_comes_back(ward):
    async def fails() -> None:
        async with ward.work() as work:
            await work.connection.execute(text("SELECT 1"))
            raise ZeroDivisionError

    for _ in range(30):
        with pytest.raises(ZeroDivisionError):
            await fails()
    assert ward.engine.pool.checkedout() == 0


async def test_an_error_does_not_repeat_what_was_stored(ward):
    first = row(SECRET)
    async with ward.work() as work:
        await work.connection.execute(insert(THINGS).values(first))
        with pytest.raises(IntegrityError) as caught:
            await work.connection.execute(insert(THINGS).values(first))
    assert "things_pkey" in str(caught.value)
    assert SECRET not in str(caught.value)


TWO_THINGS = """
WITH one AS (
  INSERT INTO things (id, municipality, state, version) VALUES (:first, '131041', 'made', 0)
  RETURNING id, municipality, version
), two AS (
  INSERT INTO things (id, municipality, state, version)
  SELECT CAST(:second AS uuid), municipality, 'made', 0 FROM one
  RETURNING id, municipality, version
)"""
BACKEND = HotStatement("SELECT pg_backend_pid() AS pid")
ADD = HotStatement(
    "INSERT INTO things (id, municipality, state, version, note)"
    " VALUES (:id, :municipality, :state, :version, :note) RETURNING note"
)


async def test_a_last_step_is_sent_by_the_commit_and_lasting_with_it(ward):
    async with ward.work() as work:
        answer = await work.commit_with(LastStep(ADD, row("alone")))
        assert answer is not None
        assert answer["note"] == "alone"
        assert [each.note for each in await ward.rows(THINGS)] == ["alone"]
    assert ward.engine.pool.checkedout() == 0


async def test_a_last_step_and_what_came_before_it_are_one_transaction(ward):
    known = row("before")
    async with ward.work() as work:
        await work.connection.execute(insert(THINGS).values(row("earlier")))
        await work.commit_with(LastStep(ADD, known))
    async with ward.work() as work:
        await work.connection.execute(insert(THINGS).values(row("lost with it")))
        with pytest.raises(AlreadyThere):
            await work.commit_with(LastStep(ADD, known))
    assert sorted(each.note for each in await ward.rows(THINGS)) == ["before", "earlier"]


async def test_a_commit_after_a_last_step_sends_it_no_second_time(ward):
    async with ward.work() as work:
        await work.commit_with(LastStep(ADD, row()))
        await work.commit()
    assert len(await ward.rows(THINGS)) == 1


async def test_a_connection_that_broke_in_the_pool_is_not_handed_out(ward):
    async with ward.work() as work:
        asked = await work.commit_with(LastStep(BACKEND, {}))
        assert asked is not None
    outside = create_async_engine(ward.engine.url, poolclass=NullPool)
    async with outside.connect() as connection:
        await connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), dict(asked))
    await outside.dispose()
    async with ward.work() as work:
        await work.commit_with(LastStep(ADD, row("anew")))
    assert [each.note for each in await ward.rows(THINGS)] == ["anew"]


async def test_several_changes_are_written_into_the_books_in_their_order(ward):
    first, second = new_id(), new_id()
    books = written_in_books(
        Moved("two", "things", "second_made", "made"),
        Noted("one", "things", "first_noted"),
        Moved("one", "things", "first_moved", "sent", "made"),
    )
    statement = HotStatement(f"{TWO_THINGS}, {books} SELECT count(*) FROM two")  # noqa: S608
    async with ward.work() as work:
        values = {"first": first, "second": second} | work.journal.stamp()
        await work.commit_with(LastStep(statement, values))
    moves = await ward.rows(TABLES.journal.history)
    assert [(m.record_id, m.event, m.from_state, m.to_state, m.version) for m in moves] == [
        (str(second), "second_made", "", "made", 0),
        (str(first), "first_moved", "made", "sent", 0),
    ]
    notes = await ward.rows(TABLES.journal.audit)
    assert [(n.record_id, n.action, n.details, n.municipality) for n in notes] == [
        (str(second), "second_made", {}, "131041"),
        (str(first), "first_noted", {}, "131041"),
        (str(first), "first_moved", {}, "131041"),
    ]
    stamps = {(m.business_at, m.machine_at, m.actor, m.correlation_id) for m in (*moves, *notes)}
    assert len(stamps) == 1
