"""Transfer orders, kept: written once, listed by value date."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payment_provider.domain.transfer_orders import TransferOrder
from services.payment_provider.store.tables import TRANSFER_ORDERS
from shared.kit.clock import Clock
from shared.kit.journal import Journal
from shared.kit.money import Yen


class TransferOrderStore:
    """The table `transfer_orders`, in one transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal, clock: Clock) -> None:
        self._connection, self._journal, self._clock = connection, journal, clock

    async def add(self, order: TransferOrder, receipt_count: int) -> bool:
        """Add an order; return False, changing nothing, if that day's was written before."""
        statement = (
            insert(TRANSFER_ORDERS)
            .values(
                id=order.id,
                municipality=order.municipality,
                value_date=order.value_date,
                receipt_count=receipt_count,
                amount_yen=order.amount_yen,
                remitter_code=order.remitter_code,
                remitter_name_kana=order.remitter_name_kana,
                written_at=self._clock.now(),
            )
            .on_conflict_do_nothing()
            .returning(TRANSFER_ORDERS.c.id)
        )
        if (await self._connection.execute(statement)).one_or_none() is None:
            return False
        await self._journal.audit(
            "transfer_ordered",
            TRANSFER_ORDERS.name,
            order.id,
            municipality=order.municipality,
            details={"receipts": receipt_count, "amount_yen": int(order.amount_yen)},
        )
        return True

    async def of_days(self, first: date, last: date) -> list[TransferOrder]:
        """Return the orders of these value dates, by day, then municipality."""
        c = TRANSFER_ORDERS.c
        query = (
            select(TRANSFER_ORDERS)
            .where(c.value_date.between(first, last))
            .order_by(c.value_date, c.municipality)
        )
        return [
            TransferOrder(
                row.id,
                row.municipality,
                row.value_date,
                Yen(row.amount_yen),
                row.remitter_code,
                row.remitter_name_kana,
            )
            for row in (await self._connection.execute(query)).all()
        ]
