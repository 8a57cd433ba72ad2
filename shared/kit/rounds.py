"""One round trip for many callers: who comes while one is under way goes with the next.

For the few statements that hundreds wait for at once. Nobody waits for company: who comes alone
goes alone. A round is a transaction by itself, and its callers hear of it when it is lasting. Knows
no table.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.kit.context import note_lasting
from shared.kit.database import (
    CONNECTION_WAIT_SECONDS,
    connected,
    give_back,
    open_engine,
    take_connection,
)
from shared.kit.hot_path import fetch_all, is_lost
from shared.kit.problems import Overloaded
from shared.kit.waiting_room import WaitingRoom

TOGETHER_MAX = 100
"""How many callers one round takes along."""
WAITING_MAX = 2_000
"""How many may wait for the next round of one statement; whoever is more is told to come again."""
ROUND_SECONDS = 10.0
"""How long a round may take (machine time), which is as long as a peer waits for its answer.

All callers of a statement hang on one connection: if that is dead and nobody has noticed, they
must not wait for it for as long as TCP does.
"""
HELD_AT_ONCE = 5
"""How many callers of one statement may wait for locks that their rounds skipped.

Each waits with a connection that everybody else may need, so who finds no place is told to come
again.
"""
ROUND_SETTINGS = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "lock_timeout": "100ms",
}
"""A round looks up single rows, so its plan is always the same: kept, by index, row by row.

It waits for no lock for long, for its callers all wait with it.
"""
_SKIP = " SKIP LOCKED"

Line = tuple[Any, ...]
"""One caller's values, as his line in a round."""


class RoundStatement:
    """SQL over :asked, a WITH expression `asked` with a row for each caller.

    columns: the names of the caller's values with their PostgreSQL types; `place` numbers the
    callers from 1, and each row that comes back has the `place` of its caller, who gets one at
    most. writes: it leaves rows. With SKIP LOCKED a caller whom a lock kept from his row asks
    once more, alone, and then waits for the lock.
    """

    def __init__(self, sql: str, columns: Mapping[str, str], *, writes: bool) -> None:
        """Take the SQL once; nothing is sent."""
        arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(columns.values(), start=1))
        told = f"told({', '.join(columns)}, place)"
        asked = f"asked AS (SELECT * FROM unnest({arrays}) WITH ORDINALITY AS {told})"  # noqa: S608
        self.sql = sql.replace(":asked", asked)
        self.alone = self.sql.replace(_SKIP, "")
        self.skips = self.sql != self.alone
        self.writes = writes
        self._names = tuple(columns)

    def line(self, values: Mapping[str, Any]) -> Line:
        """Return a caller's values in the order of the columns; KeyError if one is missing."""
        return tuple(values[name] for name in self._names)

    async def rows(
        self, connection: AsyncConnection, lines: Sequence[Line]
    ) -> list[asyncpg.Record | None]:
        """Ask for several callers on one connection; return each one's row, or None."""
        found: list[asyncpg.Record | None] = [None] * len(lines)
        columns = list(zip(*lines, strict=True))
        for row in await fetch_all(connection, self.sql, columns, seconds=ROUND_SECONDS):
            found[row["place"] - 1] = row
        return found

    async def row(
        self, connection: AsyncConnection, values: Mapping[str, Any]
    ) -> asyncpg.Record | None:
        """Ask for one caller; wait for every lock. In an open transaction it belongs to that."""
        rows = await fetch_all(connection, self.alone, [(each,) for each in self.line(values)])
        return rows[0] if rows else None


class _RefusedTogetherError(Exception):
    """The database refused a round and wrote nothing of it: each of its callers goes alone."""


@dataclass(slots=True)
class _Caller:
    """Who waits: what is asked for him, and what he hears."""

    line: Line
    answer: asyncio.Future[asyncpg.Record | None]


@dataclass
class _Lane:
    """The callers of one statement that wait, who takes them along, and his own connection."""

    waiting: deque[_Caller] = field(default_factory=deque)
    driver: asyncio.Task[None] | None = None
    own: AsyncConnection | None = None
    held: WaitingRoom = field(
        default_factory=lambda: WaitingRoom(HELD_AT_ONCE, seconds=CONNECTION_WAIT_SECONDS)
    )

    def take(self) -> list[_Caller]:
        """Take those who go with the next round; who was cancelled meanwhile does not."""
        taken = [self.waiting.popleft() for _ in range(min(len(self.waiting), TOGETHER_MAX))]
        return [caller for caller in taken if not caller.answer.done()]


class Rounds:
    """The lanes of one process: a round of each statement at a time."""

    def __init__(self, together: AsyncEngine, alone: AsyncEngine) -> None:
        """Keep two engines: one for rounds (open_rounds_engine), one for whoever goes alone.

        Each lane keeps a connection for itself, unless both are the same engine.
        """
        self._together, self._alone = together, alone
        self._lanes: dict[RoundStatement, _Lane] = {}

    async def row(
        self, statement: RoundStatement, values: Mapping[str, Any]
    ) -> asyncpg.Record | None:
        """Return the caller's row, or None; Overloaded, with nothing recorded, if too many wait.

        What a statement writes is lasting when this returns. If the database refuses a round (bad
        values of one caller, a lock that is held), nothing of it was written, and each caller goes
        alone: only whose fault it was hears of it. A lost connection, or one that does not answer
        (TimeoutError), is raised to all of them: it is not known whether the round was lasting.
        """
        lane = self._lanes.setdefault(statement, _Lane())
        if len(lane.waiting) >= WAITING_MAX:
            raise Overloaded
        caller = _Caller(statement.line(values), asyncio.get_running_loop().create_future())
        lane.waiting.append(caller)
        if lane.driver is None:
            drive = self._drive(statement, lane)
            lane.driver = asyncio.create_task(drive, context=Context())
        try:
            row = await caller.answer
        except _RefusedTogetherError:
            return await self._go_alone(statement, values)
        except Exception:
            _note(statement)  # it may be lasting
            raise
        if row is None and statement.skips:
            async with lane.held.place():
                return await self._go_alone(statement, values)
        _note(statement)
        return row

    async def _go_alone(
        self, statement: RoundStatement, values: Mapping[str, Any]
    ) -> asyncpg.Record | None:
        async with connected(self._alone) as connection:
            _note(statement)
            return await statement.row(connection, values)

    async def _drive(self, statement: RoundStatement, lane: _Lane) -> None:
        """Go round after round until nobody waits; a connection that failed is not used again."""
        try:
            while lane.waiting:
                callers: list[_Caller] = []
                try:
                    async with self._connection(lane) as connection:
                        while callers := lane.take():
                            rows = await statement.rows(connection, [each.line for each in callers])
                            _tell(callers, rows)
                except BaseException as error:
                    _tell_error(callers or lane.take(), error)
                    if not isinstance(error, Exception):
                        _tell_error(lane.waiting, error)
                        raise
        finally:
            lane.driver = None

    @asynccontextmanager
    async def _connection(self, lane: _Lane) -> AsyncIterator[AsyncConnection]:
        if self._together is self._alone:
            async with connected(self._together) as connection:
                yield connection
            return
        if lane.own is not None and is_lost(lane.own):
            lost, lane.own = lane.own, None
            await give_back(lost)
        if lane.own is None:
            lane.own = await take_connection(self._together)
        yield lane.own

    async def close(self) -> None:
        """Give every connection back and close the rounds' engine, when nobody calls any more."""
        for lane in self._lanes.values():
            if lane.own is not None:
                own, lane.own = lane.own, None
                await give_back(own)
        await self._together.dispose()


def _tell(callers: Sequence[_Caller], rows: Sequence[asyncpg.Record | None]) -> None:
    for caller, row in zip(callers, rows, strict=True):
        if not caller.answer.done():
            caller.answer.set_result(row)


def _tell_error(callers: Iterable[_Caller], error: BaseException) -> None:
    told = _RefusedTogetherError() if _wrote_nothing(error) else error
    for caller in callers:
        if not caller.answer.done():
            caller.answer.set_exception(told)


def _note(statement: RoundStatement) -> None:
    if statement.writes:
        note_lasting()  # asyncpg sends it, so SQLAlchemy tells nobody


def _wrote_nothing(error: BaseException) -> bool:
    """Say whether the database said no, or was never asked: not if the connection was lost."""
    if isinstance(error, asyncpg.PostgresConnectionError | asyncpg.OperatorInterventionError):
        return False
    return isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError | NoFreeConnection)


def open_rounds_engine(url: str, *, statements: int) -> AsyncEngine:
    """Build the engine of rounds: a connection for each statement, with plans that are kept.

    statements: how many there are; one too many would wait for a connection that nobody gives back.
    """
    return open_engine(url, pool_size=statements, max_overflow=0, server_settings=ROUND_SETTINGS)
