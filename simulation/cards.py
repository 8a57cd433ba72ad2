"""Test cards of the simulated payers: the familiar reserved numbers, never anybody's card."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TestCard:
    """A card that exists only in sandboxes."""

    number: str
    expiry_year: int = 2029
    expiry_month: int = 12


GOOD_CARDS = (
    TestCard("4111111111111111"),
    TestCard("5555555555554444"),
    TestCard("3530111333300000"),
    TestCard("378282246310005"),
    TestCard("30569309025904"),
)
OVER_LIMIT_CARD = TestCard("4000000000009995")
EXPIRED_CARD = TestCard("4000000000000069")
