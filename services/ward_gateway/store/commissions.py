"""Commissions (納付の受託) as the card agent reports them, line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.store.tables import COMMISSIONS
from shared.kit.journal import Journal

_ROWS_PER_STATEMENT = 1000


class CommissionStore:
    """The report, with the newest line of each commission."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def put(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Add or renew lines by commission number; return how many were written.

        A later line of the same number wins; only where its money is and when it moves changes.
        """
        newest = {row["commission_number"]: row for row in rows}
        lines = list(newest.values())
        for start in range(0, len(lines), _ROWS_PER_STATEMENT):
            statement = insert(COMMISSIONS).values(lines[start : start + _ROWS_PER_STATEMENT])
            renewed = {
                name: statement.excluded[name]
                for name in ("designated_date", "remitted_on", "status")
            }
            await self._connection.execute(
                statement.on_conflict_do_update(index_elements=["commission_number"], set_=renewed)
            )
        return len(lines)
