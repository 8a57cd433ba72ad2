"""Statements of a hot path: sent by asyncpg itself, inside the transaction that SQLAlchemy holds.

For the few statements that every payer waits for: SQLAlchemy costs several times the processor
time of asyncpg for each. Commit and rollback stay the unit of work's; knows no table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
        known = {**self._constants, **values}
        return await driver.fetchrow(self.sql, *[known[name] for name in self.names])


async def _driver_of(connection: AsyncConnection) -> asyncpg.Connection:
    """Return asyncpg's connection, with the transaction begun in a way that SQLAlchemy knows of.

    SQLAlchemy begins lazily, inside its own cursor; the one private call here does the same.
    """
    info = connection.info
    if _DRIVER not in info:
        raw = await connection.get_raw_connection()
        info[_DRIVER], info[_ADAPTER] = raw.driver_connection, raw.dbapi_connection
    driver: asyncpg.Connection = info[_DRIVER]
    if not driver.is_in_transaction():
        if not connection.in_transaction():
            await connection.begin()
        await info[_ADAPTER]._start_transaction()  # noqa: SLF001 - see above; pinned and tested
    return driver


def is_lost(connection: AsyncConnection) -> bool:
    """Say whether asyncpg has lost the connection unseen by SQLAlchemy: it must not be kept."""
    if connection.invalidated or connection.closed:
        return False
    driver = connection.info.get(_DRIVER)
    return driver is not None and driver.is_closed()
