"""The ward's bank account: it books, on the value date, what was ordered or paid over.

Its statement (Zengin 振込入金通知) is written from its own bookings, never from a receipts file.
"""

from __future__ import annotations

import asyncio
from datetime import date

from shared.kit.arrow import Arrow, NoBody
from shared.wire.transfer_orders import FROM_CARD_AGENT, FROM_PROVIDER, TransferOrders
from simulation.access import Access
from simulation.books import Books

CALLER = "ward-bank"


async def book_transfer_orders(
    access: Access, books: Books, municipality: str, value_date: date
) -> int:
    """Fetch a value date's orders at both operator doors, book them once, return how many."""
    query = {"value_date": value_date.isoformat()}

    async def ask(arrow: Arrow[NoBody, TransferOrders]) -> TransferOrders:
        client = access.at(CALLER, arrow)
        return await access.patiently(lambda: client.ask(arrow, query=query))

    arrows = (FROM_PROVIDER, FROM_CARD_AGENT)
    answers = await asyncio.gather(*(ask(arrow) for arrow in arrows))
    booked = 0
    for arrow, answer in zip(arrows, answers, strict=True):
        for order in answer.orders:
            if order.municipality != municipality or order.value_date != value_date:
                continue
            remitter = (order.remitter_code, order.remitter_name_kana)
            source = f"{arrow.callee} {order.order_id}"
            books.book(source, value_date, remitter, int(order.amount_yen))
            booked += 1
    return booked


PAY_IN_DAYS_MAX = 8
"""Business days after a cut-off by which every channel's money is in (contracts)."""
