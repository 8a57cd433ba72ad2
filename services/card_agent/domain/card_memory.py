"""The one place where card numbers are: this process's memory, bounded, for minutes (DESIGN §5).

Knows no database; what is lost here is lost for good, and its token is then unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from services.card_agent.domain.cards import Card


@dataclass
class CardMemory:
    """Cards by the hash of their token, each until an instant of machine time."""

    capacity: int = 10_000
    _cards: dict[str, tuple[Card, datetime]] = field(default_factory=dict, repr=False)

    def keep(self, token_hash: str, card: Card, until: datetime, now: datetime) -> bool:
        """Hold a card; False if there is no room, even after the expired ones were forgotten."""
        self._forget_oldest(now)
        if len(self._cards) >= self.capacity:
            self.forget_expired(now)
        if len(self._cards) >= self.capacity:
            return False
        self._cards[token_hash] = (card, until)
        return True

    def _forget_oldest(self, now: datetime) -> None:
        """Forget expired cards from the oldest on, up to one whose time is not over.

        All tokens live equally long, so nobody needs to look at every card for each new one.
        """
        while self._cards:
            key = next(iter(self._cards))
            if self._cards[key][1] > now:
                return
            del self._cards[key]

    def holds(self, token_hash: str, now: datetime) -> bool:
        """Say whether the card of a token is here and its time is not over."""
        held = self._cards.get(token_hash)
        return held is not None and now < held[1]

    def take(self, token_hash: str, now: datetime) -> Card | None:
        """Hand a card out once and forget it; None if it is not here or its time is over."""
        card, until = self._cards.pop(token_hash, (None, now))
        return card if now < until else None

    def forget_expired(self, now: datetime) -> int:
        """Forget every card whose time is over; return how many."""
        expired = [key for key, (_, until) in self._cards.items() if until <= now]
        for key in expired:
            del self._cards[key]
        return len(expired)

    def __len__(self) -> int:
        return len(self._cards)
