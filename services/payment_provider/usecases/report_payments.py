"""Tell the card agent which card payments we have, day by day: its side of the comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from services.payment_provider.clients.card_agent import CardAgentClient
from services.payment_provider.domain.comparisons import CardTaking
from services.payment_provider.usecases.books import Books
from shared.kit.logs import logger
from shared.kit.peer import PeerRefused
from shared.wire.card_undoing import (
    PAYMENTS_ON_A_PAGE_MAX,
    PaymentsReported,
    ReportedPayment,
)


async def report_payments(
    books: Books, *, card_agent: CardAgentClient, page: int = PAYMENTS_ON_A_PAGE_MAX
) -> Mapping[str, int]:
    """Tell every compared day that was not told, or has changed since; return the counts.

    A revision is a content: whatever changes a told day opens its next one. Killed or unanswered
    between two pages, the same revision is told again, which changes nothing; or, if the day has
    changed meanwhile, the next one, whole. A silent agent ends the run with Peer…; run again.
    """
    counts = {"days": 0, "payments": 0, "differences": 0, "refused": 0}
    async with books.open_unit_of_work() as work:
        await work.payment_lists.open_new()
        days = await work.payment_lists.days_to_tell()
        await work.commit()
    for day in days:
        async with books.open_unit_of_work() as work:
            revision = await work.payment_lists.lock_revision(day)
            payments = await work.receipts.card_payments_of_day(day)
        try:
            differences = await _tell(day, revision, payments, card_agent, page)
        except PeerRefused as refusal:
            logger().error("payment_list_refused", day=str(day), code=refusal.code)
            counts["refused"] += 1
            continue
        async with books.open_unit_of_work() as work:
            await work.payment_lists.mark_taken(day, revision)
            await work.commit()
        counts["days"] += 1
        counts["payments"] += len(payments)
        counts["differences"] += differences
    return counts


async def _tell(
    day: date,
    revision: int,
    payments: Sequence[CardTaking],
    card_agent: CardAgentClient,
    size: int,
) -> int:
    """Tell one day, page by page; an empty day has one page. Return what differs at the agent."""
    pages = [payments[first : first + size] for first in range(0, len(payments), size)] or [()]
    differences = 0
    for number, lines in enumerate(pages, 1):
        body = PaymentsReported(
            payments=tuple(
                ReportedPayment(
                    authorisation_id=line.peer_id,
                    municipality=line.municipality,
                    amount_yen=line.amount_yen,
                    paid_at=line.paid_at,
                )
                for line in lines
            ),
            is_last=number == len(pages),
        )
        differences = (await card_agent.report_payments(day, revision, number, body)).differences
    return differences
