"""Make a silent peer answer for one payment, or close it for ever (DESIGN rule 3); for both
channels.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from services.payment_provider.domain.payments import Outcome, Payment, Silent
from services.payment_provider.usecases.books import Books
from services.payment_provider.usecases.conclude_payment import conclude_payment
from shared.keys.channels import Channel
from shared.kit.clock import machine_now
from shared.kit.logs import logger
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused

AskSettlement = Callable[[Payment], Awaitable[Outcome]]


async def settle_payment(payment: Payment, ask: AskSettlement, books: Books) -> Payment:
    """Settle one payment; harmless to repeat, and for two to do at once.

    1. One that is still asking within its deadline, or whose payer may still decide at the bank, is
    left alone. 2. One past that is recorded as unknown. 3. The peer is asked with no transaction
    open. 4. Its answer is recorded: accepted with a receipt, declined, or abandoned. No answer, or
    a refusal, leaves it unknown.
    """
    if not payment.may_be_settled(machine_now(), books.clock.now()):
        return payment
    payment = await conclude_payment(payment, Silent(), books)
    try:
        outcome = await ask(payment)
    except (PeerNotDone, PeerOutcomeUnknown):
        return payment
    except PeerRefused as refusal:
        logger().error("settlement_refused", payment=str(payment.id), code=refusal.code)
        return payment
    return await conclude_payment(payment, outcome, books)


async def settle_payments(channel: Channel, ask: AskSettlement, books: Books) -> dict[str, int]:
    """Settle every payment of a channel whose outcome is unknown, one after the other.

    Counts how they ended; still_unknown: the peer did not answer; still_asking: within their
    deadline, so not asked about in this run.
    """
    ends = ("accepted", "declined", "abandoned", "still_unknown")
    counts = dict.fromkeys(ends, 0)
    async for payment in _open_ones(channel, books):
        try:
            settled = await settle_payment(payment, ask, books)
        except Exception:  # noqa: BLE001 - one payment's failure must not keep the others waiting
            logger().exception("settlement_failed", payment=str(payment.id))
            settled = payment
        counts[_end(settled)] += 1
    async with books.open_unit_of_work() as work:
        asking = await work.payments.count_asking(channel, machine_now())
    return counts | {"still_asking": asking}


async def count_open(channel: Channel, books: Books) -> int:
    """Return how many payments of a channel wait for an answer and may be settled."""
    return len([payment async for payment in _open_ones(channel, books)])


async def _open_ones(channel: Channel, books: Books) -> AsyncIterator[Payment]:
    """Yield every payment that may be settled, page by page: a silent peer's hide nobody else's."""
    after: Payment | None = None
    while True:
        async with books.open_unit_of_work() as work:
            page = await work.payments.open_ones(
                channel, machine_now(), books.clock.now(), after=after
            )
        for payment in page:
            yield payment
        if not page:
            return
        after = page[-1]


def _end(payment: Payment) -> str:
    course = payment.course
    names = {
        course.accepted: "accepted",
        course.declined: "declined",
        course.abandoned: "abandoned",
    }
    return names.get(payment.state, "still_unknown")
