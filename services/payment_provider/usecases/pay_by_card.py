"""Pay one slip with a card: record, ask the card agent, record (DESIGN rules 1 and 3)."""

from __future__ import annotations

from functools import partial

from services.payment_provider.clients.card_agent import CardAgentClient
from services.payment_provider.domain.payments import (
    Abandoned,
    Accepted,
    Declined,
    Outcome,
    Payment,
    Silent,
)
from services.payment_provider.usecases.ask_in_time import Patience, ask_in_time
from services.payment_provider.usecases.books import Books
from services.payment_provider.usecases.conclude_payment import conclude_payment
from services.payment_provider.usecases.open_payment import Intention, open_payment
from services.payment_provider.usecases.settle_card_payments import card_settlement
from services.payment_provider.usecases.settle_payment import settle_payment
from shared.keys.channels import Channel
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.card_authorisations import DECLINE_CODES, AuthoriseCard
from shared.wire.mobile_payments import PayByCard

NOT_REACHED = "card_agent_not_reached"


async def pay_by_card(
    body: PayByCard, books: Books, *, card_agent: CardAgentClient, patience: Patience
) -> Payment:
    """Take a card payment and return it as it stands.

    1. Commit it in ASKING, or refuse (open_payment). 2. Ask the agent, with no transaction open;
    again with the same id while nothing was done, within the deadline. 3. Commit the outcome.
    Ends AUTHORISED with a receipt · DECLINED with the card's reason · ABANDONED: never reached, or
    refused with nothing charged, and never sent later · AUTHORISATION_UNKNOWN: silence.
    A repeated call gets the stored payment; one whose answer is overdue is settled at once.
    """
    intention = Intention(
        body.payment_id,
        Channel.MOBILE_CREDIT,
        body.barcode,
        body.amount_yen,
        (body.card_token,),
        body.terms_acceptance_id,
    )
    opened = await open_payment(intention, books, patience=patience)
    if not opened.is_new:
        ask = card_settlement(card_agent)
        return await settle_payment(opened.payment, ask, books)
    outcome = await _authorise(opened.payment, body.card_token, card_agent, patience)
    return await conclude_payment(opened.payment, outcome, books)


async def _authorise(
    payment: Payment, card_token: str, card_agent: CardAgentClient, patience: Patience
) -> Outcome:
    question = AuthoriseCard(
        authorisation_id=payment.peer_id,
        municipality=payment.municipality,
        barcode=payment.barcode,
        amount_yen=payment.amount_yen,
        fee_yen=payment.fee_yen,
        card_token=card_token,
    )
    try:
        answer = await ask_in_time(partial(card_agent.authorise, question), patience)
    except PeerNotDone:
        return Abandoned(NOT_REACHED)
    except PeerRefused as refusal:
        declined = refusal.code in DECLINE_CODES
        return Declined(refusal.code) if declined else Abandoned(refusal.code)
    except PeerOutcomeUnknown:
        return Silent()
    return Accepted(answer.authorised_at, answer.designated_date)
