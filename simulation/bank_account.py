"""The ward's bank account: it books, on the value date, what was ordered or paid over.

Its statement (Zengin 振込入金通知) is written from its own bookings, never from a receipts file.
"""

from __future__ import annotations

from datetime import date

from shared.wire.transfer_orders import FROM_CARD_AGENT, FROM_PROVIDER
from simulation.access import Access
from simulation.books import Books

CALLER = "ward-bank"


async def book_transfer_orders(
    access: Access, books: Books, municipality: str, value_date: date
) -> int:
    """Fetch a value date's orders at both operator doors, book them once, return how many."""
    booked = 0
    for arrow in (FROM_PROVIDER, FROM_CARD_AGENT):
        client = access.at(CALLER, arrow)
        query = {"value_date": value_date.isoformat()}
        answer = await access.patiently(
            lambda c=client, a=arrow, q=query: c.ask(a, query=q)  # type: ignore[misc]
        )
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
