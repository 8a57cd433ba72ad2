"""The card networks' own books, as those companies would keep them: cards, limits, approvals.

They stand behind the card agent in sandbox mode; no card number is in them, only its keyed hash.
What a network does with a question is chosen by scenario, by rule, or by a reserved number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.card_agent.domain.cards import Brand
from services.card_agent.domain.refusals import (
    CardExpired,
    CardIssuerUnavailable,
    CardOverLimit,
    CardRefused,
)
from shared.kit.money import Yen

DEFAULT_LIMIT_YEN = Yen(10_000_000)
LOW_LIMIT_YEN = Yen(50_000)


class NetworkOutcome(StrEnum):
    """What a network did with a question: it never changes its mind."""

    APPROVED = "approved"
    DECLINED = "declined"
    VOIDED = "voided"


@dataclass(frozen=True)
class NetworkApproval:
    """A network's answer for one reference; premium_yen is what the books of takings show.

    total_yen (premium and the payer's fee) is what the card's limit bears.
    """

    reference: UUID
    outcome: NetworkOutcome
    reason: str | None
    approval_number: str | None
    card_hmac: str | None
    municipality: str
    premium_yen: Yen
    total_yen: Yen
    at: datetime


class IssuerOutcome(StrEnum):
    """What can be chosen for a question; without a choice the card's expiry and limit decide."""

    APPROVE = "approve"
    OVER_LIMIT = "over_limit"
    EXPIRED = "expired"
    STOLEN = "stolen"
    REFUSED = "refused"
    ISSUER_DOWN = "issuer_down"
    ISSUER_SLOW = "issuer_slow"
    ANSWER_LOST = "answer_lost"


CARD_STOLEN = "card_stolen"  # the network's own word; a payer is told that the card is refused

DECLINE_REASONS: Mapping[IssuerOutcome, str] = {
    IssuerOutcome.OVER_LIMIT: CardOverLimit.code,
    IssuerOutcome.EXPIRED: CardExpired.code,
    IssuerOutcome.STOLEN: CARD_STOLEN,
    IssuerOutcome.REFUSED: CardRefused.code,
    IssuerOutcome.ISSUER_DOWN: CardIssuerUnavailable.code,
}
"""The outcomes that are a no, and the reason that the network gives."""

MEANINGS: Mapping[IssuerOutcome, str] = {
    IssuerOutcome.APPROVE: "approved, past the card's expiry, and past its limit, which is raised",
    IssuerOutcome.OVER_LIMIT: "declined: card_over_limit",
    IssuerOutcome.EXPIRED: "declined: card_expired",
    IssuerOutcome.STOLEN: "declined, reported stolen; the payer is told card_refused",
    IssuerOutcome.REFUSED: "declined: card_refused",
    IssuerOutcome.ISSUER_DOWN: "declined: card_issuer_unavailable; the payer may try later",
    IssuerOutcome.ISSUER_SLOW: "as expiry and limit say, but the answer comes after the deadline",
    IssuerOutcome.ANSWER_LOST: "as expiry and limit say, but the answer is lost on its way",
}


@dataclass(frozen=True)
class Course:
    """What a network does with one question; the answer leaves delay_seconds late (machine time).

    outcome None: the card's expiry and limit decide.
    """

    outcome: IssuerOutcome | None = None
    delay_seconds: float = 0.0


@dataclass(frozen=True)
class ReservedNumber:
    """A test number, nobody's card: it always ends like this, or has a limit of its own."""

    number: str = field(repr=False)
    brand: Brand
    outcome: IssuerOutcome | None = None
    limit_yen: Yen = DEFAULT_LIMIT_YEN


_O = IssuerOutcome
_RESERVED = (
    # The familiar numbers of the trade. Every other good number ends like them: approved.
    ReservedNumber("4111111111111111", Brand.VISA),
    ReservedNumber("4242424242424242", Brand.VISA),
    ReservedNumber("5555555555554444", Brand.MASTERCARD),
    ReservedNumber("5105105105105100", Brand.MASTERCARD),
    ReservedNumber("2223003122003222", Brand.MASTERCARD),
    ReservedNumber("3530111333300000", Brand.JCB),
    ReservedNumber("3566002020360505", Brand.JCB),
    ReservedNumber("378282246310005", Brand.AMEX),
    ReservedNumber("371449635398431", Brand.AMEX),
    ReservedNumber("30569309025904", Brand.DINERS),
    ReservedNumber("38520000023237", Brand.DINERS),
    ReservedNumber("4000000000009995", Brand.VISA, _O.OVER_LIMIT),
    ReservedNumber("4000000000000069", Brand.VISA, _O.EXPIRED),
    ReservedNumber("4000000000000002", Brand.VISA, _O.REFUSED),
    ReservedNumber("4000000000009979", Brand.VISA, _O.STOLEN),
    ReservedNumber("4000000000000119", Brand.VISA, _O.ANSWER_LOST),
    # Ours, in the same test ranges.
    ReservedNumber("4000000000001067", Brand.VISA, _O.ISSUER_DOWN),
    ReservedNumber("4000000000001075", Brand.VISA, _O.ISSUER_SLOW),
    ReservedNumber("4000000000001505", Brand.VISA, limit_yen=LOW_LIMIT_YEN),
    ReservedNumber("5100000000000016", Brand.MASTERCARD, _O.OVER_LIMIT),
    ReservedNumber("5100000000000024", Brand.MASTERCARD, _O.EXPIRED),
    ReservedNumber("5100000000000032", Brand.MASTERCARD, _O.REFUSED),
    ReservedNumber("5100000000000040", Brand.MASTERCARD, _O.STOLEN),
    ReservedNumber("3528000000000015", Brand.JCB, _O.OVER_LIMIT),
    ReservedNumber("3528000000000023", Brand.JCB, _O.EXPIRED),
    ReservedNumber("3528000000000031", Brand.JCB, _O.REFUSED),
    ReservedNumber("3528000000000049", Brand.JCB, _O.STOLEN),
    ReservedNumber("340000000000017", Brand.AMEX, _O.OVER_LIMIT),
    ReservedNumber("340000000000025", Brand.AMEX, _O.EXPIRED),
    ReservedNumber("340000000000033", Brand.AMEX, _O.REFUSED),
    ReservedNumber("340000000000041", Brand.AMEX, _O.STOLEN),
    ReservedNumber("38000000000014", Brand.DINERS, _O.OVER_LIMIT),
    ReservedNumber("38000000000022", Brand.DINERS, _O.EXPIRED),
    ReservedNumber("38000000000030", Brand.DINERS, _O.REFUSED),
    ReservedNumber("38000000000048", Brand.DINERS, _O.STOLEN),
)
RESERVED_NUMBERS: Mapping[str, ReservedNumber] = {each.number: each for each in _RESERVED}


def course_of(number: str) -> Course:
    """Return what the network does with a number when nothing else was chosen."""
    reserved = RESERVED_NUMBERS.get(number)
    return Course(reserved.outcome) if reserved else Course()


def limit_of(number: str) -> Yen:
    """Return the limit with which a card begins (yen; premium and fee count)."""
    reserved = RESERVED_NUMBERS.get(number)
    return reserved.limit_yen if reserved else DEFAULT_LIMIT_YEN
