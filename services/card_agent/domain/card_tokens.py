"""Card tokens as they are remembered: a hash, what the token is good for, and who used it first.

The number that it stands for is not here (domain/card_memory.py).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.card_agent.domain.cards import Brand
from services.card_agent.domain.network_books import IssuerOutcome
from services.card_agent.domain.refusals import ScenarioUnknown
from shared.kit.money import Yen

LIFETIME = timedelta(minutes=15)  # machine time: a token protects the machine, not the payer
SECRET_BYTES = 24


@dataclass(frozen=True)
class CardToken:
    """A token good for one purchase; authorisation_id is the first question that used it.

    scenario: what the sandbox's network shall do with that purchase, if the app chose.
    """

    id: UUID
    token_hash: str
    municipality: str
    amount_yen: Yen
    brand: Brand
    card_hmac: str
    expires_at: datetime
    scenario: IssuerOutcome | None = None
    authorisation_id: UUID | None = None


def token_hash(token: str) -> str:
    """Return the SHA-256 of a token as hex: what may be kept of it."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def read_scenario(text: str | None) -> IssuerOutcome | None:
    """Return the scenario of that name, None for none; raise ScenarioUnknown."""
    if text is None:
        return None
    try:
        return IssuerOutcome(text)
    except ValueError:
        raise ScenarioUnknown from None
