"""When each temporary copy was erased, by whom and how: insert-only (特記事項 11-12)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.store.tables import ERASURES
from shared.kit.clock import machine_now
from shared.kit.context import actor
from shared.kit.journal import Journal


class ErasureStore:
    """The record of erasures."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def add(
        self,
        *,
        intake_id: UUID | None,
        terminal: str,
        file_name: str,
        sha256: str,
        method: str,
        business_at: datetime,
    ) -> None:
        """Write down one erasure; intake_id is None for a copy that no intake knew."""
        values = {
            "intake_id": intake_id,
            "terminal": terminal,
            "file_name": file_name,
            "sha256": sha256,
            "method": method,
            "actor": actor(),
            "business_at": business_at,
            "machine_at": machine_now(),
        }
        await self._connection.execute(insert(ERASURES).values(values))
        await self._journal.audit(
            "temporary_copy_erased", "erasures", intake_id or file_name, details={}
        )
