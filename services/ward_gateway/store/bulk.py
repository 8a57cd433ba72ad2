"""Many rows in one go: COPY for inserts, arrays for look-ups, portions for long lists of ids."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import ARRAY, Column, ColumnElement, Table, any_, literal, text
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
# asyncpg takes at most 32,767 parameters in one statement.
PORTION_ROWS = 5000


async def copy_rows(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows of the same columns by COPY, inside the open transaction."""
    if not rows:
        return
    # The transaction begins with the first statement; COPY goes around the layer that knows that.
    await connection.execute(text("SELECT 1"))
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    columns = list(rows[0])
    records = [tuple(row[column] for column in columns) for row in rows]
    await driver.copy_records_to_table(table.name, records=records, columns=columns)


@asynccontextmanager
async def whole_tables(connection: AsyncConnection) -> AsyncIterator[None]:
    """Let statements over whole tables join by hash, inside the open transaction.

    Of tables that were just filled the planner knows nothing: it takes them for small, and a
    nested loop over 350,000 slips never ends. Our role may not ANALYZE.
    """
    await connection.execute(text("SET LOCAL enable_nestloop = off"))
    yield
    await connection.execute(text("SET LOCAL enable_nestloop = on"))


def is_any_of(column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Compare a column with a list of any length, sent as one array."""
    return column == any_(literal(list(values), ARRAY(column.type)))


def portions(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a long list into portions that fit into one statement."""
    for start in range(0, len(values), PORTION_ROWS):
        yield values[start : start + PORTION_ROWS]
