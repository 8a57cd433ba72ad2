"""Compare our card receipts with the card agent's commissions, day by day; note what differs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from services.payment_provider.clients.card_agent import CardAgentClient
from services.payment_provider.domain.comparisons import Difference, Taking, compare
from services.payment_provider.store.unit_of_work import UnitOfWork
from services.payment_provider.usecases.books import Books
from shared.kit.logs import logger


async def compare_commissions(books: Books, *, card_agent: CardAgentClient) -> Mapping[str, int]:
    """Compare every calendar day since the last compared one, up to yesterday.

    Days without a payment of ours too: a commission may stand there alone. A day on which a
    payment is still open, or an undo asks, is compared without it, and again at the next run; so
    is a day on which a difference stands open: one whose cause is gone is resolved. A difference is
    a row and a log line, once. A silent agent ends the run with Peer…; run again.
    """
    async with books.open_unit_of_work() as work:
        days = await work.comparisons.days_to_compare(books.clock.today())
    counts = {"days": 0, "commissions": 0, "differences": 0, "left_open": 0, "gone": 0}
    for day in days:
        listed = await card_agent.commissions_of_day(day)
        theirs = {c.authorisation_id: Taking(c.municipality, c.amount_yen) for c in listed}
        new, gone, left_open = await _note(day, theirs, books)
        counts["days"] += 1
        counts["commissions"] += len(theirs)
        counts["differences"] += new
        counts["gone"] += gone
        counts["left_open"] += left_open
    return counts


async def _note(day: date, theirs: Mapping[UUID, Taking], books: Books) -> tuple[int, int, int]:
    """Write down a day's comparison; return differences that are new, gone, and what is open."""
    async with books.open_unit_of_work() as work:
        still_open = await work.payments.open_ids_of_day(day)
        ours = await work.receipts.card_takings_of_day(day)
        being_undone = await work.undos.asking_peer_ids()
        waiting = still_open | (being_undone & (ours.keys() | theirs.keys()))
        differences = compare(_without(ours, waiting), _without(theirs, waiting))
        new = await work.comparisons.add_differences(day, differences)
        gone = await _resolve_gone(work, day, differences, waiting | being_undone)
        if not waiting:
            await work.comparisons.close_day(
                day, commissions=len(theirs), differences=len(differences)
            )
        await work.commit()
    for difference in new:
        logger().error(
            "difference_found",
            payment=str(difference.authorisation_id),
            kind=difference.kind.value,
        )
    return len(new), gone, len(waiting)


def _without(takings: Mapping[UUID, Taking], waiting: set[UUID]) -> dict[UUID, Taking]:
    return {id_: taking for id_, taking in takings.items() if id_ not in waiting}


async def _resolve_gone(
    work: UnitOfWork, day: date, differences: list[Difference], waiting: set[UUID]
) -> int:
    """Resolve the day's open differences that are none any more; the agent is told the day anew."""
    still = {(each.authorisation_id, each.kind) for each in differences}
    gone = 0
    for kept in await work.comparisons.open_ones(day):
        key = (kept.found.authorisation_id, kept.found.kind)
        if key not in still and kept.found.authorisation_id not in waiting:
            await work.comparisons.resolve(kept, None, None)
            gone += 1
    if gone:
        await work.payment_lists.tell_anew(day)
    return gone
