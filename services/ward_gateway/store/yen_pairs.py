"""Tables that say "so many yen of this belong to that": clearings and fundings, written set by set.

Knows two columns of ids and one of yen; what they mean is their stores' matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ARRAY, Table, Uuid, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

Pairs = Mapping[tuple[UUID, UUID], int]
ROWS_PER_INSERT = 5000


class YenPairs:
    """One such table; left and right name its id columns."""

    def __init__(self, connection: AsyncConnection, table: Table, left: str, right: str) -> None:
        self._connection, self._table = connection, table
        self._left, self._right = table.c[left], table.c[right]

    async def read(self, condition: ColumnElement[bool]) -> dict[tuple[UUID, UUID], int]:
        """Return the rows that fulfil a condition."""
        query = select(self._left, self._right, self._table.c.amount_yen).where(condition)
        rows = await self._connection.execute(query)
        return {(left, right): yen for left, right, yen in rows}

    async def write_differences(self, before: Pairs, wanted: Pairs) -> int:
        """Turn one set of rows into another; return how many rows were touched."""
        gone = [pair for pair in before if pair not in wanted]
        new = {pair: yen for pair, yen in wanted.items() if before.get(pair) != yen}
        await self._delete(gone)
        rows = [
            {self._left.name: left, self._right.name: right, "amount_yen": yen}
            for (left, right), yen in sorted(new.items())
        ]
        for start in range(0, len(rows), ROWS_PER_INSERT):
            statement = insert(self._table).values(rows[start : start + ROWS_PER_INSERT])
            await self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[self._left, self._right],
                    set_={"amount_yen": statement.excluded.amount_yen},
                )
            )
        return len(gone) + len(new)

    async def _delete(self, pairs: list[tuple[UUID, UUID]]) -> None:
        if not pairs:
            return
        lefts, rights = zip(*pairs, strict=True)
        gone = (
            func.unnest(literal(list(lefts), ARRAY(Uuid())), literal(list(rights), ARRAY(Uuid())))
            .table_valued("left_id", "right_id")
            .render_derived(name="gone")
        )
        await self._connection.execute(
            delete(self._table).where(self._left == gone.c.left_id, self._right == gone.c.right_id)
        )
