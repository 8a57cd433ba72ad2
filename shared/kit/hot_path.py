"""Statements of a hot path: sent by asyncpg itself, inside the transaction that SQLAlchemy holds.

For the few statements that every payer waits for: SQLAlchemy costs several times the processor
time of asyncpg for each. Commit and rollback stay the unit of work's; knows no table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import asyncpg
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.ext.asyncio import AsyncConnection

_NAME = re.compile(r"(?<!:):([a-z_]+)")
_DRIVER, _ADAPTER = "hot_path_driver", "hot_path_adapter"
_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]


class HotStatement:
    """One statement, its parameters by name (:name, as often as one likes), told to asyncpg by $n.

    Values go as they are: PostgreSQL infers each parameter's type from where it stands.
    """

    def __init__(self, sql: str) -> None:
        """Take SQL without quoted colons."""
        self.names = tuple(dict.fromkeys(_NAME.findall(sql)))
        places = {name: f"${place}" for place, name in enumerate(self.names, start=1)}
        self.sql = _NAME.sub(lambda match: places[match[1]], sql)
        self._constants: dict[str, Any] = {}

    @classmethod
    def compiled(cls, statement: Select[Any]) -> Self:
        """Take a statement that SQLAlchemy builds: compiled once, with its casts and constants."""
        made, compiled = cls(""), statement.compile(dialect=_DIALECT)
        made.names, made.sql = tuple(compiled.positiontup or ()), compiled.string
        made._constants = {k: v for k, v in compiled.params.items() if v is not None}
        return made

    async def row(
        self, connection: AsyncConnection, values: Mapping[str, Any]
    ) -> asyncpg.Record | None:
        """Return the first row, or None; KeyError if a value is missing."""
        driver = await _driver_of(connection)
        if not driver.is_in_transaction():
            await _begin(connection)
        return await self._fetch(driver, values)

    async def row_alone(
        self, connection: AsyncConnection, values: Mapping[str, Any]
    ) -> asyncpg.Record | None:
        """Return the first row as `row` does, but begin nothing: two round trips less.

        Where no transaction is open, the statement is one by itself: it is lasting when this
        returns. Where one is open, it belongs to that.
        """
        return await self._fetch(await _driver_of(connection), values)

    async def _fetch(
        self, driver: asyncpg.Connection, values: Mapping[str, Any]
    ) -> asyncpg.Record | None:
        known = {**self._constants, **values} if self._constants else values
        with _thrown_away_if_ended(driver):
            return await driver.fetchrow(self.sql, *[known[name] for name in self.names])


async def fetch_all(
    connection: AsyncConnection, sql: str, values: Sequence[Any], *, seconds: float | None = None
) -> list[asyncpg.Record]:
    """Send a statement ($1, $2 ...) and return its rows; begin nothing, as `row_alone`.

    TimeoutError after so many machine seconds; whether the statement was done is not known then.
    """
    driver = await _driver_of(connection)
    with _thrown_away_if_ended(driver):
        rows: list[asyncpg.Record] = await driver.fetch(sql, *values, timeout=seconds)
        return rows


@contextmanager
def _thrown_away_if_ended(driver: asyncpg.Connection) -> Iterator[None]:
    try:
        yield
    except asyncpg.InternalClientError as error:
        # The server ended it and asyncpg is in mid-message: nothing was sent; it is lost.
        driver.terminate()
        message = "the connection was ended by the server"
        raise asyncpg.ConnectionDoesNotExistError(message) from error
    except TimeoutError:
        driver.terminate()  # it may answer late, or never
        raise


class AlreadyThere(Exception):  # noqa: N818 - named as a fact
    """A unique constraint stood in the way: nothing of the statement was written."""


@dataclass(frozen=True)
class LastStep:
    """The statement that ends a unit of work, with its values: sent by the commit, and with it."""

    statement: HotStatement
    values: Mapping[str, Any]

    async def take(self, connection: AsyncConnection) -> asyncpg.Record | None:
        """Send it and return its first row; AlreadyThere. Alone it is lasting when this returns."""
        try:
            return await self.statement.row_alone(connection, self.values)
        except asyncpg.UniqueViolationError as error:
            raise AlreadyThere from error


async def _driver_of(connection: AsyncConnection) -> asyncpg.Connection:
    info = connection.info
    if _DRIVER not in info:
        raw = await connection.get_raw_connection()
        info[_DRIVER], info[_ADAPTER] = raw.driver_connection, raw.dbapi_connection
    driver: asyncpg.Connection = info[_DRIVER]
    return driver


async def _begin(connection: AsyncConnection) -> None:
    """Begin the transaction in a way that SQLAlchemy's commit and rollback know of.

    SQLAlchemy begins lazily, inside its own cursor; the one private call here does the same.
    """
    if not connection.in_transaction():
        await connection.begin()
    try:
        await connection.info[_ADAPTER]._start_transaction()  # noqa: SLF001 - pinned and tested
    except BaseException:
        # Called off before BEGIN was answered: the server may be in a transaction that nobody here
        # knows of, and whoever took the connection next would commit nothing.
        connection.info[_DRIVER].terminate()
        raise


def is_lost(connection: AsyncConnection) -> bool:
    """Say whether asyncpg has lost the connection unseen by SQLAlchemy: it must not be kept."""
    if connection.invalidated or connection.closed:
        return False
    driver = connection.info.get(_DRIVER)
    return driver is not None and driver.is_closed()
