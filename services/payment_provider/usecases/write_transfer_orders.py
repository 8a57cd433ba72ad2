"""Order the transfers of app-banking money that fall due: one per municipality and value date.

Card money is the card agent's to pay (BOOKS §2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby

from services.payment_provider.domain.transfer_orders import TransferOrder
from services.payment_provider.usecases.books import Books
from shared.keys.channels import Channel
from shared.kit.calendar import japanese_banks
from shared.kit.clock import Clock, tokyo_time
from shared.kit.ids import new_id
from shared.kit.money import ZERO_YEN
from shared.wire.transfer_orders import ORDERS_UNTIL_HOUR

ORDERS_FROM_HOUR = 7
"""Tokyo hour from which a value date's orders may be written: its 確報 went out that morning or
before.
"""


async def write_transfer_orders(books: Books) -> Mapping[str, int]:
    """Write today's order of each municipality; return counts of orders and yen.

    It pays every receipt whose transfer date has come and which no order pays yet, so a day on
    which this did not run, or a receipt that came after its day's order, is made up for by the
    next order and never by one of a day that has passed, which no bank would book. The receipts
    bear their order; with the unique (municipality, value date) a repeated or concurrent run is
    harmless.
    """
    counts = {"orders": 0, "yen": 0}
    day = _day_to_order(books.clock)
    if day is None:
        return counts
    async with books.open_unit_of_work() as work:
        due = await work.receipts.take_unordered(Channel.MOBILE_BANKING, day)
        for municipality, of_town in groupby(due, key=lambda receipt: receipt.municipality):
            receipts = list(of_town)
            contract = books.contracts.of(municipality)
            order = TransferOrder(
                new_id(),
                municipality,
                day,
                sum((receipt.amount_yen for receipt in receipts), ZERO_YEN),
                contract.remitter_code,
                contract.remitter_name_kana,
            )
            if await work.transfer_orders.add(order, len(receipts)):
                await work.receipts.mark_ordered([r.id for r in receipts], order.id)
                counts["orders"] += 1
                counts["yen"] += order.amount_yen
        await work.commit()
    return counts


def _day_to_order(clock: Clock) -> date | None:
    """Return the value date of an order written now: today, from 07:00 to the banks' cut-off.

    None at any other time, and while banks are closed: the next morning's order pays it.
    """
    today = clock.today()
    first, last = tokyo_time(today, ORDERS_FROM_HOUR), tokyo_time(today, ORDERS_UNTIL_HOUR)
    taken = first <= clock.now() < last and japanese_banks().is_business_day(today)
    return today if taken else None
