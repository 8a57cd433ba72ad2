"""Payments (納付) as payers make them here, of every channel, and how the outside answers.

Knows no card number, no account and no peer: an outcome is what a peer's answer or silence means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from services.payment_provider.domain.bank_payments import BANK_PAYMENTS, BankPaymentState
from services.payment_provider.domain.card_payments import CARD_PAYMENTS, CardPaymentState
from shared.keys.channels import Channel
from shared.kit.money import Yen
from shared.kit.states import StateMachine

PaymentState = CardPaymentState | BankPaymentState


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
    at_bank: PaymentState | None = None
    """The state in which the payer decides elsewhere; None where nobody has to."""

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

    @property
    def open_states(self) -> tuple[PaymentState, ...]:
        """Return the states in which nobody knows yet how a payment ends."""
        known = (self.asking, self.at_bank, self.unknown)
        return tuple(state for state in known if state is not None)


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
            BankPaymentState.AT_BANK,
        ),
    }
)
LIVE_STATES = tuple(
    sorted({s.value for c in COURSES.values() for s in (*c.open_states, c.accepted)})
)
"""States in which a payment keeps its slip: a second one is refused by an index (DESIGN rule 6)."""


@dataclass(frozen=True, slots=True)
class BankSession:
    """What the payer's bank gave for one decision; until is business time."""

    session: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of one slip. The payer's app made the id; body_sha256 tells a repeat from a
    reuse.

    peer_id is the id by which the card agent or the payer's bank knows it: ours, made before they
    are asked, so that no payer can choose what they are asked under.
    asking_until is machine time: past it a payment that is still ASKING counts as unknown.
    terms_acceptance_id: which acceptance of the terms it was made under (None in old rows).
    bank_session: while the payer decides at the bank, and not after.
    """

    id: UUID
    peer_id: UUID
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
    terms_acceptance_id: UUID | None = None
    bank_session: BankSession | None = None

    @property
    def course(self) -> Course:
        """Return the states of this payment's channel."""
        return COURSES[self.channel]

    @property
    def is_open(self) -> bool:
        """Say whether nobody knows yet how this payment ends."""
        return self.state in self.course.open_states

    def may_be_settled(self, machine_at: datetime, business_at: datetime) -> bool:
        """Say whether the peer may be made to answer.

        Unknown; asking past its deadline (machine time); at the bank past the session (business
        time): a payer who is still deciding is not closed out.
        """
        if self.state == self.course.asking:
            return machine_at > self.asking_until
        if self.bank_session is not None:
            return business_at > self.bank_session.until
        return self.state == self.course.unknown
