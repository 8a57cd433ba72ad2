"""Tell the ward's bank which transfers were ordered for a value date. Names no receipt."""

from __future__ import annotations

from datetime import date

from services.payment_provider.domain.transfer_orders import TransferOrder
from services.payment_provider.usecases.books import Books


async def list_transfer_orders(value_date: date, books: Books) -> list[TransferOrder]:
    """Return the orders of a value date, by municipality."""
    async with books.open_unit_of_work() as work:
        return await work.transfer_orders.of_day(value_date)
