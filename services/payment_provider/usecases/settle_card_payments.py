"""Ask the card agent what became of every card payment whose answer is missing."""

from __future__ import annotations

from collections.abc import Mapping

from services.payment_provider.clients.card_agent import CardAgentClient
from services.payment_provider.domain.payments import (
    Abandoned,
    Accepted,
    Declined,
    Outcome,
    Payment,
    Silent,
)
from services.payment_provider.usecases.books import Books
from services.payment_provider.usecases.settle_payment import AskSettlement, settle_payments
from shared.keys.channels import Channel
from shared.wire.card_authorisations import AuthorisationSettled, SettleAuthorisation

CLOSED = "authorisation_closed"


async def settle_card_payments(books: Books, *, card_agent: CardAgentClient) -> Mapping[str, int]:
    """Settle every card payment that is unknown, or asking past its deadline; return the counts."""
    return await settle_payments(Channel.MOBILE_CREDIT, card_settlement(card_agent), books)


def card_settlement(card_agent: CardAgentClient) -> AskSettlement:
    """Return the question that makes the card agent answer for a payment."""

    async def ask(payment: Payment) -> Outcome:
        question = SettleAuthorisation(
            municipality=payment.municipality, amount_yen=payment.amount_yen
        )
        return _outcome(await card_agent.settle(payment.peer_id, question))

    return ask


def _outcome(answer: AuthorisationSettled) -> Outcome:
    if answer.outcome == "authorised":
        # An answer without its commission does not say when: still unknown.
        if answer.commission is None:
            return Silent()
        return Accepted(answer.commission.authorised_at, answer.commission.designated_date)
    if answer.outcome == "declined":
        return Declined(answer.reason or "card_refused")
    return Abandoned(CLOSED)
