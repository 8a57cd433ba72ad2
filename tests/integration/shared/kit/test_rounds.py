"""Rounds: many callers in one statement, and each of them hears only what is his."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.kit import rounds as kit
from shared.kit.context import answering, is_untouched
from shared.kit.database import open_engine
from shared.kit.ids import new_id
from shared.kit.problems import Overloaded
from shared.kit.rounds import Rounds, RoundStatement, open_rounds_engine
from tests.integration.shared.kit.conftest import ROLES_OF
from tests.integration.shared.kit.things import Ward

ADD = RoundStatement(
    """
WITH :asked, added AS (
  INSERT INTO things (id, municipality, state, version, note)
  SELECT a.id, a.town, 'made', 0, a.note FROM asked a ON CONFLICT DO NOTHING RETURNING id)
SELECT a.place, a.note, pg_backend_pid() AS backend, txid_current() AS round
FROM added JOIN asked a USING (id)
""",
    {"id": "uuid", "town": "text", "note": "text"},
    writes=True,
)
FIND = RoundStatement(
    "WITH :asked SELECT a.place, t.note FROM asked a JOIN things t ON t.note = a.note",
    {"note": "text"},
    writes=False,
)
TAKE = RoundStatement(
    """
WITH :asked
SELECT a.place, t.note, pg_backend_pid() AS backend
FROM asked a CROSS JOIN LATERAL (
  SELECT note FROM things WHERE note = a.note LIMIT 1 FOR SHARE SKIP LOCKED) t
""",
    {"note": "text"},
    writes=True,
)

SLEEP = RoundStatement(
    "WITH :asked SELECT a.place, pg_sleep(a.seconds), pg_backend_pid() AS backend FROM asked a",
    {"seconds": "float8"},
    writes=True,
)


STATEMENTS = (ADD, FIND, TAKE, SLEEP)


@dataclass(frozen=True)
class Stage:
    """Rounds on the tiny organisation's database."""

    rounds: Rounds
    ward: Ward
    together: AsyncEngine

    async def add(self, note: str, **more: Any) -> asyncpg.Record | None:
        """Add a thing in a round."""
        values = {"id": new_id(), "town": "131041", "note": note} | more
        return await self.rounds.row(ADD, values)

    async def notes(self) -> list[str]:
        """Return what stands there."""
        async with self.ward.engine.connect() as connection:
            found = await connection.execute(text("SELECT note FROM things ORDER BY note"))
            return list(found.scalars())

    async def wait_for(self, event: str, number: int = 1) -> None:
        """Wait until so many sessions of this database wait for a lock."""
        query = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event = :event"
        )
        while True:
            async with self.ward.engine.connect() as connection:
                if (await connection.execute(query, {"event": event})).scalar_one() >= number:
                    return


@pytest_asyncio.fixture
async def stage(database_server, database, ward) -> AsyncIterator[Stage]:
    together = open_rounds_engine(
        database_server[1].database_url(ROLES_OF, database), statements=len(STATEMENTS)
    )
    made = Stage(Rounds(together, ward.engine), ward, together)
    yield made
    await made.rounds.close()


async def all_of(*calls: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_who_comes_while_a_round_is_under_way_goes_with_the_next(stage: Stage):
    rows = await all_of(*(stage.add(f"n{n:02d}") for n in range(50)))
    assert [row["note"] for row in rows] == [f"n{n:02d}" for n in range(50)]
    assert len({row["round"] for row in rows}) <= 2
    assert len({row["backend"] for row in rows}) == 1
    assert await stage.notes() == [f"n{n:02d}" for n in range(50)]


async def test_a_round_takes_no_more_than_it_may(stage: Stage, monkeypatch):
    monkeypatch.setattr(kit, "TOGETHER_MAX", 10)
    rows = await all_of(*(stage.add(f"n{n}") for n in range(35)))
    assert len({row["round"] for row in rows}) == 4
    assert [row["note"] for row in rows] == [f"n{n}" for n in range(35)]


async def test_who_finds_nothing_gets_none_and_the_others_their_own(stage: Stage):
    await stage.add("there")
    asked = ("nobody", "there", "nobody else", "there")
    rows = await all_of(*(stage.rounds.row(FIND, {"note": note}) for note in asked))
    assert [row and row["note"] for row in rows] == [None, "there", None, "there"]


async def test_one_bad_value_is_its_own_caller_s_alone(stage: Stage):
    """What the driver refuses to send, and what the database refuses."""
    found = await all_of(
        stage.add("a"), stage.add("b", town=7), stage.add("c"), stage.add("d\0"), stage.add("e")
    )
    assert [row["note"] for row in found if isinstance(row, asyncpg.Record)] == ["a", "c", "e"]
    assert isinstance(found[1], asyncpg.DataError)
    assert isinstance(found[3], asyncpg.CharacterNotInRepertoireError)
    assert await stage.notes() == ["a", "c", "e"]


async def test_a_missing_value_is_told_at_once(stage: Stage):
    with pytest.raises(KeyError, match="note"):
        await stage.rounds.row(ADD, {"id": new_id(), "town": "131041"})
    assert (await stage.add("next"))["note"] == "next"


async def test_a_lock_on_one_row_lets_the_others_pass(stage: Stage):
    """The caller of the locked row waits for it alone, and gets it."""
    for note in ("free", "held"):
        await stage.add(note)
    async with stage.ward.engine.connect() as other:
        await other.execute(text("UPDATE things SET version = 1 WHERE note = 'held'"))
        held = asyncio.create_task(stage.rounds.row(TAKE, {"note": "held"}))
        await stage.wait_for("transactionid")
        for _ in range(3):
            assert (await stage.rounds.row(TAKE, {"note": "free"}))["note"] == "free"
        assert not held.done()
        await other.commit()
    assert (await held)["note"] == "held"


async def test_those_who_wait_for_a_lock_leave_connections_to_everybody_else(
    stage: Stage, monkeypatch
):
    """Who finds no place among them is told to come again, and nothing of his is recorded."""
    monkeypatch.setattr(kit, "CONNECTION_WAIT_SECONDS", 0.1)
    await stage.add("held")
    told = 0

    async def take() -> asyncpg.Record | None:
        nonlocal told
        with answering():
            try:
                return await stage.rounds.row(TAKE, {"note": "held"})
            except Overloaded:
                assert is_untouched()
                told += 1
                raise

    async with stage.ward.engine.connect() as other:
        await other.execute(text("UPDATE things SET version = 1"))
        waiting = [asyncio.create_task(take()) for _ in range(kit.HELD_AT_ONCE + 20)]
        await stage.wait_for("transactionid")
        assert stage.ward.engine.pool.checkedout() <= kit.HELD_AT_ONCE + 1
        while told < 20:
            async with stage.ward.work() as work:
                await work.connection.execute(text("SELECT 1"))
        await other.commit()
    found = await all_of(*waiting)
    assert sum(isinstance(each, asyncpg.Record) for each in found) == kit.HELD_AT_ONCE
    assert sum(isinstance(each, Overloaded) for each in found) == 20


async def test_a_lock_that_stops_a_round_stops_it_for_a_moment_only(stage: Stage):
    """A key that somebody else has written and not committed: its caller alone waits to the end."""
    same = new_id()
    async with stage.ward.engine.connect() as other:
        insert = "INSERT INTO things (id, municipality, state, version) VALUES (:id, '', 'made', 0)"
        await other.execute(text(insert), {"id": same})
        held = asyncio.create_task(stage.add("held", id=same))
        free = await all_of(*(stage.add(f"free{n}") for n in range(5)))
        assert [row["note"] for row in free] == [f"free{n}" for n in range(5)]
        await stage.wait_for("transactionid")
        assert not held.done()
        await other.commit()
    assert await held is None


async def test_a_lost_connection_is_told_to_all_who_were_under_way_and_the_next_round_goes(
    stage: Stage,
):
    sleeping = [stage.rounds.row(SLEEP, {"seconds": 60}) for _ in range(3)]
    lost = asyncio.create_task(all_of(*sleeping))
    await stage.wait_for("PgSleep")
    ends = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
    async with stage.ward.engine.connect() as other:
        where = "WHERE wait_event = 'PgSleep' AND datname = current_database()"
        assert (await other.execute(text(f"{ends} {where}"))).scalar_one() == 1
    found = await lost
    assert [type(each) for each in found] == [type(found[0])] * 3
    assert isinstance(found[0], asyncpg.AdminShutdownError | asyncpg.ConnectionDoesNotExistError)
    assert (await stage.add("next"))["note"] == "next"
    assert await stage.notes() == ["next"]


async def test_a_connection_that_does_not_answer_holds_its_callers_for_a_while_only(
    stage: Stage, monkeypatch
):
    """It is thrown away, and whether anything is lasting is not known."""
    monkeypatch.setattr(kit, "ROUND_SECONDS", 0.2)
    with answering():
        found = await all_of(*(stage.rounds.row(SLEEP, {"seconds": 60}) for _ in range(3)))
        assert [type(each) for each in found] == [TimeoutError] * 3
        assert not is_untouched()
    monkeypatch.undo()
    first = (await stage.rounds.row(SLEEP, {"seconds": 0}))["backend"]
    assert (await stage.rounds.row(SLEEP, {"seconds": 0}))["backend"] == first
    assert stage.together.pool.checkedout() == 1  # the lane's own: the silent one is thrown away


async def test_each_statement_keeps_a_connection_until_the_rounds_are_closed(stage: Stage):
    await stage.add("one")
    backends = {(await stage.add(f"n{n}"))["backend"] for n in range(3)}
    await stage.rounds.row(FIND, {"note": "one"})
    assert len(backends) == 1
    assert stage.together.pool.checkedout() == 2
    await stage.rounds.close()
    assert stage.together.pool.checkedout() == 0
    assert (await stage.add("after all"))["note"] == "after all"


async def test_a_connection_that_was_lost_at_rest_is_not_used(stage: Stage):
    backend = (await stage.add("first"))["backend"]
    async with stage.ward.engine.connect() as other:
        await other.execute(text(f"SELECT pg_terminate_backend({backend}, 5000)"))
    await all_of(stage.add("perhaps"))  # whether the driver has heard of it is a race
    assert (await stage.add("next"))["backend"] != backend
    assert await stage.notes() in (["first", "next"], ["first", "next", "perhaps"])


async def test_too_many_are_told_to_come_again_and_nothing_of_theirs_is_sent(
    stage: Stage, monkeypatch
):
    monkeypatch.setattr(kit, "WAITING_MAX", 3)
    found = await all_of(*(stage.add(f"n{n}") for n in range(5)))
    assert [type(each) for each in found[3:]] == [Overloaded, Overloaded]
    assert await stage.notes() == ["n0", "n1", "n2"]
    assert (await stage.add("n5"))["note"] == "n5"


async def test_who_was_called_off_before_his_round_is_not_sent(stage: Stage):
    await stage.add("first")
    going = [asyncio.create_task(stage.add(f"n{n}")) for n in range(3)]
    await asyncio.sleep(0)  # each has come to the lane; its driver has not begun
    going[1].cancel()
    found = await all_of(*going)
    assert isinstance(found[1], asyncio.CancelledError)
    assert await stage.notes() == ["first", "n0", "n2"]


async def test_a_caller_is_untouched_until_something_of_his_may_be_lasting(stage: Stage):
    with answering():
        await stage.rounds.row(FIND, {"note": "nobody"})
        assert is_untouched()
        await stage.add("there")
        assert not is_untouched()


async def test_without_a_connection_nothing_was_recorded(database_server, database, ward):
    url = database_server[1].database_url(ROLES_OF, database)
    full = open_engine(url, pool_size=1, max_overflow=0, wait_seconds=0.01)
    try:
        async with full.connect():
            with answering():
                with pytest.raises(NoFreeConnection):
                    await Stage(Rounds(full, full), ward, full).add("none")
                assert is_untouched()
    finally:
        await full.dispose()


async def test_alone_in_a_transaction_a_statement_belongs_to_it(stage: Stage):
    values = {"id": new_id(), "town": "131041", "note": "mine"}
    async with stage.ward.work() as work:
        await work.connection.execute(text("SELECT 1"))
        assert (await ADD.row(work.connection, values))["note"] == "mine"
        assert await stage.notes() == []
        await work.commit()
    assert await stage.notes() == ["mine"]
