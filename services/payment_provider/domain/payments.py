"""Payments (納付) as payers make them here: their states, by channel, and how the outside answers.

Knows no card number, no account and no peer: an outcome is what a peer's answer or silence means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from shared.keys.channels import Channel
from shared.kit.money import Yen
from shared.kit.states import StateMachine

SETTLE_CARDS, SETTLE_BANKS = "settle_card_payments", "settle_bank_payments"


class CardPaymentState(StrEnum):
    """A card payment: ASKING is committed before the card agent is asked (DESIGN rule 1)."""

    ASKING = "ASKING"
    AUTHORISED = "AUTHORISED"
    DECLINED = "DECLINED"
    AUTHORISATION_UNKNOWN = "AUTHORISATION_UNKNOWN"
    ABANDONED = "ABANDONED"


class BankPaymentState(StrEnum):
    """A payment from a bank account: the same course with the payer's bank."""

    ASKING = "ASKING"
    DEBITED = "DEBITED"
    DECLINED = "DECLINED"
    BANK_RESULT_UNKNOWN = "BANK_RESULT_UNKNOWN"
    ABANDONED = "ABANDONED"


PaymentState = CardPaymentState | BankPaymentState

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
    },
    waiting={
        CardPaymentState.ASKING: SETTLE_CARDS,
        CardPaymentState.AUTHORISATION_UNKNOWN: SETTLE_CARDS,
    },
)
BANK_PAYMENTS = StateMachine(
    initial=BankPaymentState.ASKING,
    events={
        (BankPaymentState.ASKING, BankPaymentState.DEBITED): "account_debited",
        (BankPaymentState.ASKING, BankPaymentState.DECLINED): "debit_declined",
        (BankPaymentState.ASKING, BankPaymentState.BANK_RESULT_UNKNOWN): "answer_missed",
        (BankPaymentState.ASKING, BankPaymentState.ABANDONED): "payment_abandoned",
        (BankPaymentState.BANK_RESULT_UNKNOWN, BankPaymentState.DEBITED): "account_debited",
        (BankPaymentState.BANK_RESULT_UNKNOWN, BankPaymentState.DECLINED): "debit_declined",
        (BankPaymentState.BANK_RESULT_UNKNOWN, BankPaymentState.ABANDONED): "payment_abandoned",
    },
    waiting={
        BankPaymentState.ASKING: SETTLE_BANKS,
        BankPaymentState.BANK_RESULT_UNKNOWN: SETTLE_BANKS,
    },
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """Yes. paid_at is the payer's moment, in business time; transfer_date is a card's 指定日."""

    paid_at: datetime
    transfer_date: date | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """No, for a reason that is the payer's: a code of that conversation's list."""

    reason: str


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Nothing was charged, and nothing will be: never reached, refused, or closed for ever."""

    reason: str


@dataclass(frozen=True, slots=True)
class Silent:
    """No answer that says what happened (DESIGN rule 3)."""


Outcome = Accepted | Declined | Abandoned | Silent


@dataclass(frozen=True)
class Course:
    """What the outcomes are called in one channel, with the table that allows the moves."""

    machine: StateMachine[Any]
    accepted: PaymentState
    declined: PaymentState
    unknown: PaymentState
    abandoned: PaymentState

    @property
    def asking(self) -> PaymentState:
        """Return the state in which the peer is being asked."""
        state: PaymentState = self.machine.initial
        return state

    def target(self, outcome: Outcome) -> PaymentState:
        """Return the state that an outcome leads to."""
        match outcome:
            case Accepted():
                return self.accepted
            case Declined():
                return self.declined
            case Abandoned():
                return self.abandoned
            case Silent():
                return self.unknown


COURSES: Mapping[Channel, Course] = MappingProxyType(
    {
        Channel.MOBILE_CREDIT: Course(
            CARD_PAYMENTS,
            CardPaymentState.AUTHORISED,
            CardPaymentState.DECLINED,
            CardPaymentState.AUTHORISATION_UNKNOWN,
            CardPaymentState.ABANDONED,
        ),
        Channel.MOBILE_BANKING: Course(
            BANK_PAYMENTS,
            BankPaymentState.DEBITED,
            BankPaymentState.DECLINED,
            BankPaymentState.BANK_RESULT_UNKNOWN,
            BankPaymentState.ABANDONED,
        ),
    }
)
LIVE_STATES = tuple(
    sorted({s.value for c in COURSES.values() for s in (c.asking, c.accepted, c.unknown)})
)
"""States in which a payment keeps its slip: a second one is refused by an index (DESIGN rule 6)."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of one slip. The payer's app made the id; body_sha256 tells a repeat from a
    reuse.

    asking_until is machine time: past it a payment that is still ASKING counts as unknown.
    """

    id: UUID
    channel: Channel
    municipality: str
    barcode: str
    amount_yen: Yen
    fee_yen: Yen
    body_sha256: str
    asked_at: datetime
    asking_until: datetime
    state: PaymentState
    version: int = 0
    reason: str | None = None
    paid_at: datetime | None = None

    @property
    def course(self) -> Course:
        """Return the states of this payment's channel."""
        return COURSES[self.channel]

    @property
    def is_open(self) -> bool:
        """Say whether nobody knows yet how this payment ends."""
        return self.state in (self.course.asking, self.course.unknown)

    def may_be_settled(self, machine_at: datetime) -> bool:
        """Say whether the peer may be made to answer: unknown, or asking past its deadline."""
        if self.state == self.course.asking:
            return machine_at > self.asking_until
        return self.state == self.course.unknown
