"""The last registered file of each kind: numbers are strictly +1, a gap waits (DOMAIN §2.7)."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.store.tables import SEQUENCES
from shared.kit.journal import Journal


class SequenceStore:
    """One number for each kind of file."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def last(self, kind: str) -> int:
        """Return the last registered number of a kind, 0 before the first file."""
        query = select(SEQUENCES.c.last_sequence).where(SEQUENCES.c.kind == kind)
        return int((await self._connection.execute(query)).scalar_one_or_none() or 0)

    async def registered(self, kind: str, sequence: int) -> None:
        """Note a registered file; the number never goes back."""
        statement = insert(SEQUENCES).values(kind=kind, last_sequence=sequence)
        highest = func.greatest(SEQUENCES.c.last_sequence, statement.excluded.last_sequence)
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["kind"], set_={"last_sequence": highest}
            )
        )
