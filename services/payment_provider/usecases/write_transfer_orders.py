"""Order the transfers of app-banking money that fall due: one per municipality and value date.

Card money is the card agent's to pay (BOOKS §2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from services.payment_provider.domain.transfer_orders import TransferOrder
from services.payment_provider.usecases.books import Books
from shared.keys.channels import Channel
from shared.kit.clock import Clock, tokyo_time
from shared.kit.ids import new_id

ORDERS_FROM_HOUR = 7
"""Tokyo hour from which a value date's orders may be written: its 確報 went out that morning or
before.
"""


async def write_transfer_orders(books: Books) -> Mapping[str, int]:
    """Write every order that is due and not written yet; return counts of orders and yen.

    The unique (municipality, value date) makes a repeated or concurrent run harmless.
    """
    counts = {"orders": 0, "yen": 0}
    async with books.open_unit_of_work() as work:
        for due in await work.receipts.sums_due(Channel.MOBILE_BANKING, _last_due(books.clock)):
            contract = books.contracts.of(due.municipality)
            order = TransferOrder(
                new_id(),
                due.municipality,
                due.value_date,
                due.amount_yen,
                contract.remitter_code,
                contract.remitter_name_kana,
            )
            if await work.transfer_orders.add(order, due.receipt_count):
                counts["orders"] += 1
                counts["yen"] += due.amount_yen
        await work.commit()
    return counts


def _last_due(clock: Clock) -> date:
    """Return the last value date whose orders may be written now."""
    today = clock.today()
    begun = clock.now() >= tokyo_time(today, ORDERS_FROM_HOUR)
    return today if begun else today - timedelta(days=1)
