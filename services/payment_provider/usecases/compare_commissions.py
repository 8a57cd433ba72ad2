"""Compare our card receipts with the card agent's commissions, day by day; note what differs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from services.payment_provider.clients.card_agent import CardAgentClient
from services.payment_provider.domain.comparisons import Taking, compare
from services.payment_provider.usecases.books import Books
from shared.kit.logs import logger


async def compare_commissions(books: Books, *, card_agent: CardAgentClient) -> Mapping[str, int]:
    """Compare yesterday, and every earlier day with card payments that was not compared yet.

    A day on which a payment is still open is compared, without it, and again at the next run. A
    difference is a row and a log line, once. A silent agent ends the run with Peer…; run again.
    """
    today = books.clock.today()
    async with books.open_unit_of_work() as work:
        days = {*await work.payments.days_not_compared(today), today - timedelta(days=1)}
    counts = {"days": 0, "commissions": 0, "differences": 0, "left_open": 0}
    for day in sorted(days):
        listed = await card_agent.commissions_of_day(day)
        theirs = {c.authorisation_id: Taking(c.municipality, c.amount_yen) for c in listed}
        new, left_open = await _note(day, theirs, books)
        counts["days"] += 1
        counts["commissions"] += len(theirs)
        counts["differences"] += new
        counts["left_open"] += left_open
    return counts


async def _note(day: date, theirs: Mapping[UUID, Taking], books: Books) -> tuple[int, int]:
    """Write down a day's comparison; return how many differences are new, and payments open."""
    async with books.open_unit_of_work() as work:
        still_open = await work.payments.open_ids_of_day(day)
        ours = await work.receipts.card_takings_of_day(day)
        known = {id_: taking for id_, taking in theirs.items() if id_ not in still_open}
        differences = compare(ours, known)
        new = await work.comparisons.add_differences(day, differences)
        if not still_open:
            await work.comparisons.close_day(
                day, commissions=len(theirs), differences=len(differences)
            )
        await work.commit()
    for difference in differences if new else ():
        logger().error(
            "difference_found",
            payment=str(difference.authorisation_id),
            kind=difference.kind.value,
        )
    return new, len(still_open)
