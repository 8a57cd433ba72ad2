"""保留 as stored: which receipts clear nothing for now, and which were released again.

Knows no reason why one is held; use cases bring what must be.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.clearings import LiveReceipt
from services.ward_gateway.domain.holds import HOLDS, RECEIPT_HELD, HoldReason, HoldState
from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.store.agent_tables import RECEIPT_HOLDS
from services.ward_gateway.store.clearings import receipt_of
from services.ward_gateway.store.tables import RECEIPTS
from services.ward_gateway.store.told_commissions import told_receipts_query
from shared.keys.channels import Channel
from shared.kit.ids import new_id
from shared.kit.journal import Journal

RECORD = RECEIPT_HOLDS.name
UNFUNDED = (ReceiptState.PRELIMINARY.value, ReceiptState.CONFIRMED.value)
_H = RECEIPT_HOLDS.c


class HoldStore:
    """At most one live hold per receipt (a partial unique index)."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def unfunded_card_receipts(self) -> list[LiveReceipt]:
        """Return the card receipts whose money has not come whole, with what 丙 told of them."""
        query, _ = told_receipts_query()
        found = query.where(
            RECEIPTS.c.channel == Channel.MOBILE_CREDIT.value, RECEIPTS.c.state.in_(UNFUNDED)
        )
        return [receipt_of(row) for row in await self._connection.execute(found)]

    async def settle(self, wanted: Mapping[UUID, HoldReason]) -> set[UUID]:
        """Let the live holds be exactly these, by receipt; return the receipts that changed."""
        query = select(_H.id, _H.receipt_id, _H.reason).where(_H.state == HoldState.HELD.value)
        live = (await self._connection.execute(query)).all()
        stays = {row.receipt_id for row in live if wanted.get(row.receipt_id) == row.reason}
        gone = [row for row in live if row.receipt_id not in stays]
        await self._journal.advance_many(
            RECEIPT_HOLDS,
            HOLDS,
            record_ids=[row.id for row in gone],
            source=HoldState.HELD,
            target=HoldState.RELEASED,
            values={"released_at": self._journal._clock.now()},  # noqa: SLF001 - the clock that also dates its history row
        )
        new = {receipt_id: why for receipt_id, why in wanted.items() if receipt_id not in stays}
        await self._hold(new)
        return {row.receipt_id for row in gone} | set(new)

    async def _hold(self, wanted: Mapping[UUID, HoldReason]) -> None:
        if not wanted:
            return
        now = self._journal._clock.now()  # noqa: SLF001 - the clock that also dates its history row
        rows = [
            {
                "id": new_id(),
                "state": HoldState.HELD.value,
                "receipt_id": receipt_id,
                "reason": reason.value,
                "held_at": now,
            }
            for receipt_id, reason in sorted(wanted.items())
        ]
        await self._connection.execute(insert(RECEIPT_HOLDS), rows)
        ids = [row["id"] for row in rows]
        await self._journal.opened(RECORD, ids, HoldState.HELD.value, RECEIPT_HELD)
