"""Each service's own clock row: where its business time stands, moved only to an absolute instant.

The same instant again is fine, backwards is refused; other copies of the process read it anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    case,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.kit.clock import ClockMode, ClockMovedBackwards, MeshClock, machine_now

ONLY_ROW = 1


def clock_table(metadata: MetaData) -> Table:
    """Declare the table `clock`: one row, or none before the clock was first set."""
    return Table(
        "clock",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("instant", DateTime(timezone=True), nullable=False),
        Column("mode", Text, nullable=False),
        Column("set_at", DateTime(timezone=True), nullable=False),
    )


async def read_clock(engine: AsyncEngine, table: Table, clock: MeshClock) -> None:
    """Let the clock in memory stand where the row says, if there is one."""
    async with engine.connect() as connection:
        row = (await connection.execute(select(table))).one_or_none()
    if row is not None:
        clock.take(row.instant, ClockMode(row.mode), row.set_at)


async def move_clock(
    engine: AsyncEngine, table: Table, clock: MeshClock, instant: datetime, mode: ClockMode
) -> bool:
    """Move the clock and commit; return whether it moved, raise ClockMovedBackwards.

    One statement compares and moves, so two moves at once end at the later one or are refused. A
    clock that runs is compared with where it has come to: it is past its own row.
    """
    set_at = machine_now()
    values = {"instant": instant, "mode": mode.value, "set_at": set_at}
    statement = insert(table).values(id=ONLY_ROW, **values)
    passed = func.greatest(literal(set_at) - table.c.set_at, timedelta(0))
    runs = table.c.mode == ClockMode.RUNNING.value
    has_come_to = case((runs, table.c.instant + passed), else_=table.c.instant)
    is_other = or_(table.c.instant != instant, table.c.mode != mode.value)
    moved = statement.on_conflict_do_update(
        index_elements=["id"], set_=values, where=and_(has_come_to <= instant, is_other)
    ).returning(table.c.id)
    async with engine.begin() as connection:
        if (await connection.execute(moved)).one_or_none() is not None:
            clock.take(instant, mode, set_at)
            return True
        row = (await connection.execute(select(table))).one()
    clock.take(row.instant, ClockMode(row.mode), row.set_at)
    if (row.instant, row.mode) != (instant, mode.value):
        raise ClockMovedBackwards
    return False
