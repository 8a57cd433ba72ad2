"""Tell the ward's bank which transfers were ordered for some value dates. Names no receipt."""

from __future__ import annotations

from datetime import date

from services.payment_provider.domain.transfer_orders import TransferOrder
from services.payment_provider.usecases.books import Books


async def list_transfer_orders(first: date, last: date, books: Books) -> list[TransferOrder]:
    """Return the orders from one value date to another, by day, then municipality."""
    async with books.open_unit_of_work() as work:
        return await work.transfer_orders.of_days(first, last)
