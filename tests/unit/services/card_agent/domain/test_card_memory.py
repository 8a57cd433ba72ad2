"""Numbers are in memory for minutes, once, and never too many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.card_agent.domain.card_memory import CardMemory
from services.card_agent.domain.cards import Brand, Card

NOW = datetime(2025, 6, 2, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)
CARD = Card("4111111111111111", Brand.VISA, 2029, 12)


def test_a_card_is_handed_out_once() -> None:
    memory = CardMemory()
    assert memory.keep("hash", CARD, LATER, NOW)
    assert memory.holds("hash", NOW)
    assert memory.take("hash", NOW) == CARD
    assert memory.take("hash", NOW) is None


def test_a_card_whose_time_is_over_is_gone() -> None:
    memory = CardMemory()
    memory.keep("hash", CARD, LATER, NOW)
    assert not memory.holds("hash", LATER)
    assert memory.take("hash", LATER) is None
    assert len(memory) == 0


def test_a_full_memory_makes_room_for_nothing_that_is_still_good() -> None:
    memory = CardMemory(capacity=1)
    assert memory.keep("first", CARD, LATER, NOW)
    assert not memory.keep("second", CARD, LATER, NOW)
    assert memory.keep("second", CARD, LATER + timedelta(1), LATER)
    assert memory.take("first", NOW) is None


def test_forgetting_counts_what_expired() -> None:
    memory = CardMemory()
    memory.keep("old", CARD, NOW + timedelta(minutes=1), NOW)
    memory.keep("new", CARD, LATER, NOW)
    assert memory.forget_expired(NOW + timedelta(minutes=1)) == 1
    assert memory.holds("new", NOW)


def test_the_memory_does_not_show_what_it_holds() -> None:
    memory = CardMemory()
    memory.keep("hash", CARD, LATER, NOW)
    assert "4111" not in repr(memory)
