"""The unit of work: committed by the use case, rolled back by everything else."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from shared.kit.ids import new_id
from tests.integration.shared.kit.things import THINGS

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
