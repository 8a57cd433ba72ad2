"""Transfer orders: one per municipality and value date, never changed once written."""

from __future__ import annotations

from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.card_agent.domain.transfer_orders import TransferOrder
from services.card_agent.store.tables import TRANSFER_ORDERS
from shared.kit.clock import Clock
from shared.kit.journal import Journal
from shared.kit.money import Yen

ORDERS = TRANSFER_ORDERS.c


class TransferOrderStore:
    """Belongs to one open transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal, clock: Clock) -> None:
        self._connection, self._journal, self._clock = connection, journal, clock

    async def add(self, order: TransferOrder) -> None:
        """Write an order down."""
        values = {
            "id": order.id,
            "municipality": order.municipality,
            "value_date": order.value_date,
            "amount_yen": order.amount_yen,
            "remitter_code": order.remitter_code,
            "remitter_name_kana": order.remitter_name_kana,
            "bank_reference": order.bank_reference,
            "written_at": self._clock.now(),
        }
        await self._connection.execute(insert(TRANSFER_ORDERS).values(values))
        await self._journal.audit(
            "transfer_order_written",
            TRANSFER_ORDERS.name,
            order.id,
            municipality=order.municipality,
        )

    async def is_written(self, municipality: str, day: date) -> bool:
        """Say whether a municipality's order of a value date is written."""
        query = select(ORDERS.id).where(
            ORDERS.municipality == municipality, ORDERS.value_date == day
        )
        return (await self._connection.execute(query)).first() is not None

    async def of_value_dates(self, first: date, last: date) -> list[TransferOrder]:
        """Return every municipality's orders of these days, by day, then municipality."""
        query = (
            select(TRANSFER_ORDERS)
            .where(ORDERS.value_date.between(first, last))
            .order_by(ORDERS.value_date, ORDERS.municipality)
        )
        found = await self._connection.execute(query)
        return [
            TransferOrder(
                id=row.id,
                municipality=row.municipality,
                value_date=row.value_date,
                amount_yen=Yen(row.amount_yen),
                remitter_code=row.remitter_code,
                remitter_name_kana=row.remitter_name_kana,
                bank_reference=row.bank_reference,
            )
            for row in found
        ]
