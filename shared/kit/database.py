"""One engine per process, one unit of work per transaction. Leaving without commit() rolls back.

Knows no table of any organisation.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import asyncpg
from sqlalchemy import Connection, MetaData, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.kit.clock import Clock
from shared.kit.context import note_lasting
from shared.kit.hot_path import LastStep, is_lost
from shared.kit.journal import Journal, JournalTables

INSERT_ONLY = "insert_only"
CONNECTION_WAIT_SECONDS = 3.0
"""Machine time; shorter than a peer's patience, so that it hears the no."""
_SETTINGS = {"jit": "off", "application_name": "mesh"}


def open_engine(
    url: str,
    *,
    pool_size: int = 10,
    max_overflow: int = 10,
    wait_seconds: float = CONNECTION_WAIT_SECONDS,
    server_settings: Mapping[str, str] | None = None,
) -> AsyncEngine:
    """Build an engine; no connection is opened before the first use.

    Who finds no free connection within wait_seconds gets SQLAlchemy's TimeoutError, which a door
    answers with `overloaded` (kit.problems).

    What a peak opens beyond pool_size is kept: to open a connection and prepare its statements
    anew costs more than a hundred questions.
    """
    engine = create_async_engine(
        url,
        pool_size=pool_size + max_overflow,
        max_overflow=0,
        pool_use_lifo=True,  # the connections that were used last know their statements best
        pool_timeout=wait_seconds,
        hide_parameters=True,  # what is stored does not belong into an exception's text
        connect_args={"server_settings": _SETTINGS | dict(server_settings or {})},
    )
    event.listen(engine.sync_engine, "commit", lambda _: note_lasting())
    return engine


class UnitOfWork:
    """One transaction; each service's own unit of work adds its stores to it.

    `async with` it, call commit() inside the use case (DESIGN rule 2); leaving without it, or by
    an exception, rolls everything back.
    """

    def __init__(self, engine: AsyncEngine, clock: Clock, tables: JournalTables) -> None:
        """Nothing is opened before `async with`."""
        self._engine, self.clock, self._tables = engine, clock, tables
        self._connection: AsyncConnection | None = None
        self._last: LastStep | None = None
        self._answer: asyncpg.Record | None = None

    @property
    def connection(self) -> AsyncConnection:
        """Return the open connection; outside of `async with` this is a bug of ours."""
        assert self._connection is not None, "the unit of work is not open"  # noqa: S101
        return self._connection

    @property
    def journal(self) -> Journal:
        """Return the journal of this transaction: transitions and audit rows."""
        return Journal(self.connection, self.clock, self._tables)

    async def commit(self) -> None:
        """Make everything since the start of the transaction lasting."""
        last, self._last = self._last, None
        if last is not None:
            note_lasting()  # asyncpg sends it, so SQLAlchemy tells nobody
            self._answer = await last.take(self.connection)
        if self.connection.in_transaction():
            await self.connection.commit()

    async def commit_with(self, last: LastStep) -> asyncpg.Record | None:
        """Send a last statement, commit, and return the statement's first row.

        With nothing before it, it is a transaction by itself: one round trip. Raises AlreadyThere
        (kit.hot_path) if a unique constraint stands in the way; then nothing is written.
        """
        self._last = last
        await self.commit()
        return self._answer

    async def __aenter__(self) -> Self:
        """Take a connection; the transaction begins with the first statement."""
        self._connection = await take_connection(self._engine)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Roll back what was not committed and give the connection back."""
        connection, self._connection = self.connection, None
        await give_back(connection)


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Take a connection for statements that are transactions by themselves (kit.hot_path)."""
    connection = await take_connection(engine)
    try:
        yield connection
    finally:
        await give_back(connection)


async def take_connection(engine: AsyncEngine) -> AsyncConnection:
    """Take one that was not lost while it waited in the pool."""
    connection = await engine.connect()
    while is_lost(connection):
        await connection.invalidate()
        await connection.close()
        connection = await engine.connect()
    return connection


async def give_back(connection: AsyncConnection) -> None:
    """Give a connection back to its pool; one that is lost is thrown away."""
    if is_lost(connection):
        await connection.invalidate()
    await connection.close()


def grant_runtime(connection: Connection, metadata: MetaData, role: str) -> None:
    """Grant the runtime role what it needs, run as the owner after every migration.

    History and audit tables (`info={"insert_only": True}`) get INSERT and SELECT only.
    """
    quoted = '"' + role.replace('"', '""') + '"'
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {quoted}"))
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}"))
    for table in metadata.sorted_tables:
        rights = (
            "INSERT, SELECT" if table.info.get(INSERT_ONLY) else "INSERT, SELECT, UPDATE, DELETE"
        )
        connection.execute(text(f'REVOKE ALL ON "{table.name}" FROM {quoted}'))
        connection.execute(text(f'GRANT {rights} ON "{table.name}" TO {quoted}'))
