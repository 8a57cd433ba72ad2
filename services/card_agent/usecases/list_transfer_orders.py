"""The transfer orders of some value dates, for the bank. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from services.card_agent.domain.transfer_orders import TransferOrder
from services.card_agent.store.unit_of_work import UnitOfWork


async def list_transfer_orders(
    first: date, last: date, *, open_unit_of_work: Callable[[], UnitOfWork]
) -> list[TransferOrder]:
    """Return every municipality's orders from one value date to another, by day and town."""
    async with open_unit_of_work() as work:
        return await work.transfer_orders.of_value_dates(first, last)
