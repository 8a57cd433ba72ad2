"""The card networks' own books, as those companies would keep them: cards, limits, approvals.

They stand behind the card agent in sandbox mode; no card number is in them, only its keyed hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.kit.money import Yen

DEFAULT_LIMIT_YEN = Yen(10_000_000)


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


class CardBehaviour(StrEnum):
    """What a reserved number does, whatever its limit."""

    APPROVES = "approves"
    OVER_LIMIT = "card_over_limit"
    EXPIRED = "card_expired"
    REFUSED = "card_refused"
    ANSWER_LOST = "answer_lost"


# The familiar test numbers of the trade, nobody's cards: every other good number approves as well.
RESERVED_NUMBERS = {
    "4111111111111111": CardBehaviour.APPROVES,  # VISA
    "5555555555554444": CardBehaviour.APPROVES,  # Mastercard
    "2223003122003222": CardBehaviour.APPROVES,  # Mastercard, 2-series
    "3530111333300000": CardBehaviour.APPROVES,  # JCB
    "378282246310005": CardBehaviour.APPROVES,  # AMEX
    "30569309025904": CardBehaviour.APPROVES,  # Diners
    "4000000000009995": CardBehaviour.OVER_LIMIT,
    "4000000000000069": CardBehaviour.EXPIRED,
    "4000000000000002": CardBehaviour.REFUSED,
    "4000000000009979": CardBehaviour.REFUSED,  # reported stolen
    "4000000000000119": CardBehaviour.ANSWER_LOST,  # approved, then silence
}


def behaviour_of(number: str) -> CardBehaviour:
    """Return what the network does with a number."""
    return RESERVED_NUMBERS.get(number, CardBehaviour.APPROVES)
