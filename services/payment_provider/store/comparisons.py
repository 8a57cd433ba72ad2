"""Comparisons with the card agent, kept: which days were compared, and what did not agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payment_provider.domain.comparisons import Difference
from services.payment_provider.store.tables import COMPARISONS, DIFFERENCES
from shared.kit.clock import Clock
from shared.kit.journal import Journal


class ComparisonStore:
    """The tables `comparisons` and `differences`, in one transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal, clock: Clock) -> None:
        self._connection, self._journal, self._clock = connection, journal, clock

    async def add_differences(self, day: date, differences: Sequence[Difference]) -> int:
        """Note differences of a day, each once; return how many are new."""
        if not differences:
            return 0
        rows = [
            {
                "authorisation_id": d.authorisation_id,
                "kind": d.kind.value,
                "day": day,
                "municipality": d.municipality,
                "our_yen": d.our_yen,
                "their_yen": d.their_yen,
                "found_at": self._clock.now(),
            }
            for d in differences
        ]
        statement = insert(DIFFERENCES).values(rows).on_conflict_do_nothing()
        added = (
            await self._connection.execute(statement.returning(DIFFERENCES.c.authorisation_id))
        ).all()
        for (authorisation_id,) in added:
            await self._journal.audit("difference_found", DIFFERENCES.name, authorisation_id)
        return len(added)

    async def close_day(self, day: date, *, commissions: int, differences: int) -> None:
        """Note that a day was compared with nothing left open, so it need not be again."""
        statement = insert(COMPARISONS).values(
            day=day,
            commission_count=commissions,
            difference_count=differences,
            compared_at=self._clock.now(),
        )
        await self._connection.execute(statement.on_conflict_do_nothing())
        await self._journal.audit("day_compared", COMPARISONS.name, day)
