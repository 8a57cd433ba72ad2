"""Which statements a block sends to the database: through SQLAlchemy, and by asyncpg itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass
class Statements:
    """What was sent, in its order; by_driver: BEGIN and COMMIT too."""

    by_sqlalchemy: list[str] = field(default_factory=list)
    by_driver: list[str] = field(default_factory=list)


@asynccontextmanager
async def statements_of(engine: AsyncEngine) -> AsyncIterator[Statements]:
    """Note what is sent over every connection that is taken from the pool while the block runs."""
    sent, listening = Statements(), dict[int, Any]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.by_sqlalchemy.append(statement)

    def told(record: Any) -> None:
        sent.by_driver.append(record.query)

    def listen(dbapi_connection: Any, *_: Any) -> None:
        driver = dbapi_connection.driver_connection
        if id(driver) not in listening:
            listening[id(driver)] = driver
            driver.add_query_logger(told)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    event.listen(engine.sync_engine, "checkout", listen)
    try:
        yield sent
        await asyncio.sleep(0)  # asyncpg tells its listeners a turn of the loop later
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
        event.remove(engine.sync_engine, "checkout", listen)
        for driver in listening.values():
            driver.remove_query_logger(told)
