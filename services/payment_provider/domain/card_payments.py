"""The states of a card payment, and the moves between them."""

from __future__ import annotations

from enum import StrEnum

from shared.kit.states import StateMachine

SETTLE_CARDS = "settle_card_payments"


class CardPaymentState(StrEnum):
    """A card payment: ASKING is committed before the card agent is asked (DESIGN rule 1).

    UNDONE: it was accepted, and taken back for a fault of ours or the agent's; its slip is free.
    """

    ASKING = "ASKING"
    AUTHORISED = "AUTHORISED"
    DECLINED = "DECLINED"
    AUTHORISATION_UNKNOWN = "AUTHORISATION_UNKNOWN"
    ABANDONED = "ABANDONED"
    UNDONE = "UNDONE"


CARD_PAYMENTS = StateMachine(
    initial=CardPaymentState.ASKING,
    events={
        (CardPaymentState.ASKING, CardPaymentState.AUTHORISED): "card_authorised",
        (CardPaymentState.ASKING, CardPaymentState.DECLINED): "card_declined",
        (CardPaymentState.ASKING, CardPaymentState.AUTHORISATION_UNKNOWN): "answer_missed",
        (CardPaymentState.ASKING, CardPaymentState.ABANDONED): "payment_abandoned",
        (CardPaymentState.AUTHORISATION_UNKNOWN, CardPaymentState.AUTHORISED): "card_authorised",
        (CardPaymentState.AUTHORISATION_UNKNOWN, CardPaymentState.DECLINED): "card_declined",
        (CardPaymentState.AUTHORISATION_UNKNOWN, CardPaymentState.ABANDONED): "payment_abandoned",
        (CardPaymentState.AUTHORISED, CardPaymentState.UNDONE): "payment_undone",
        # By the command `book` alone, with a document: the agent broke its word after its close.
        (CardPaymentState.ABANDONED, CardPaymentState.AUTHORISED): "commission_taken_over",
        (CardPaymentState.DECLINED, CardPaymentState.AUTHORISED): "commission_taken_over",
    },
    waiting={
        CardPaymentState.ASKING: SETTLE_CARDS,
        CardPaymentState.AUTHORISATION_UNKNOWN: SETTLE_CARDS,
    },
)
