"""Each service's own clock row: where its business time stands, moved only to an absolute instant.

The same instant again is fine, backwards is refused; other copies of the process read it anew.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, select
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

    The row is locked while it is compared, so two moves at once end at the later one or refuse.
    """
    async with engine.begin() as connection:
        row = (await connection.execute(select(table).with_for_update())).one_or_none()
        if row is not None:
            stored = MeshClock(row.instant, ClockMode(row.mode), row.set_at)
            if instant == stored.instant and mode is stored.mode:
                clock.take(instant, mode, row.set_at)
                return False
            if instant < stored.now():
                raise ClockMovedBackwards
        set_at = machine_now()
        values = {"instant": instant, "mode": mode.value, "set_at": set_at}
        statement = insert(table).values(id=ONLY_ROW, **values)
        forwards = statement.on_conflict_do_update(
            index_elements=["id"], set_=values, where=table.c.instant <= instant
        )
        if (await connection.execute(forwards)).rowcount == 0:
            raise ClockMovedBackwards  # two first moves at once: there was no row to lock
    clock.take(instant, mode, set_at)
    return True
