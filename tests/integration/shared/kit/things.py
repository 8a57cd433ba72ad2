"""A tiny organisation: one table that moves, the foundation's tables, and who may do what there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Integer, MetaData, Table, Text, Uuid, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.kit.clock import Clock
from shared.kit.database import UnitOfWork
from shared.kit.foundation import foundation_tables
from shared.kit.ids import new_id
from shared.kit.states import StateMachine

METADATA = MetaData()
TABLES = foundation_tables(METADATA)
THINGS = Table(
    "things",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("municipality", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
)
TOOLS = Table(
    "tools",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
)


class Thing(StrEnum):
    """Where a thing stands."""

    MADE = "made"
    SENT = "sent"
    LOST = "lost"


MACHINE = StateMachine(
    Thing.MADE,
    {(Thing.MADE, Thing.SENT): "thing_sent", (Thing.SENT, Thing.LOST): "thing_lost"},
)


@dataclass(frozen=True)
class Ward:
    """The tiny organisation's database, as its runtime role sees it."""

    engine: AsyncEngine
    clock: Clock

    def work(self) -> UnitOfWork:
        """Return a unit of work that is not open yet."""
        return UnitOfWork(self.engine, self.clock, TABLES.journal)

    async def add(self, *ids: UUID, town: str = "131041") -> None:
        """Add things and their first history rows; commit."""
        rows = [{"id": i, "municipality": town, "state": "made", "version": 0} for i in ids]
        async with self.work() as work:
            await work.connection.execute(insert(THINGS), rows)
            await work.journal.opened("things", ids, "made", "thing_made", municipality=town)
            await work.commit()

    async def one(self) -> UUID:
        """Add a thing and return its id."""
        thing = new_id()
        await self.add(thing)
        return thing

    async def rows(self, table: Table, *order: Any) -> list[Any]:
        """Return what stands in a table, as another connection sees it."""
        async with self.engine.connect() as connection:
            query = select(table).order_by(*order or table.primary_key.columns)
            return list((await connection.execute(query)).all())

    async def states(self) -> list[tuple[str, int]]:
        """Return every thing's state and version."""
        return [(row.state, row.version) for row in await self.rows(THINGS)]


async def send(work: UnitOfWork, thing: UUID, *, version: int = 0, **values: Any) -> int:
    """Move a thing from made to sent."""
    return await work.journal.advance(
        THINGS,
        MACHINE,
        record_id=thing,
        version=version,
        source=Thing.MADE,
        target=Thing.SENT,
        values=values or None,
    )
