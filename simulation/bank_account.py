"""The ward's bank account: it books, on the value date, what was ordered or paid over.

Its statement (Zengin 振込入金通知) is written from its own bookings, never from a receipts file.
"""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

from shared.kit.arrow import Arrow, NoBody
from shared.wire.transfer_orders import FROM_CARD_AGENT, FROM_PROVIDER, TransferOrders
from simulation.access import Access
from simulation.books import Books

CALLER = "ward-bank"
RECENT_DAYS = 31
"""How far back the bank asks, in days."""


async def book_transfer_orders(
    access: Access, books: Books, municipality: str, value_date: date
) -> int:
    """Fetch a day's orders at both operator doors, book each once; return how many were told.

    The days before are asked for as well: a day on which nobody at the bank asked is made up for.
    An order was there before its own value date's cut-off, so it is booked on that day.
    """
    since = value_date - timedelta(days=RECENT_DAYS)
    query = {"value_date": value_date.isoformat(), "since": since.isoformat()}

    async def ask(arrow: Arrow[NoBody, TransferOrders]) -> TransferOrders:
        client = access.at(CALLER, arrow)
        return await access.patiently(lambda: client.ask(arrow, query=query))

    arrows = (FROM_PROVIDER, FROM_CARD_AGENT)
    answers = await asyncio.gather(*(ask(arrow) for arrow in arrows))
    booked = 0
    for arrow, answer in zip(arrows, answers, strict=True):
        for order in answer.orders:
            if order.municipality != municipality or not since <= order.value_date <= value_date:
                continue
            remitter = (order.remitter_code, order.remitter_name_kana)
            source = f"{arrow.callee} {order.order_id}"
            books.book(source, order.value_date, remitter, int(order.amount_yen))
            booked += 1
    return booked


PAY_IN_DAYS_MAX = 8
"""Business days after a cut-off by which every channel's money is in (contracts)."""
