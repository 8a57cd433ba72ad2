"""Our commissions against the provider's list, and which way fits which difference."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.card_agent.domain.differences import (
    DIFFERENCES,
    Difference,
    DifferenceKind,
    DifferenceState,
    Taking,
    Way,
    compare,
)
from shared.kit.money import Yen

A, B, C, D, E = (UUID(int=number) for number in range(1, 6))
SAME = Taking("131041", Yen(100))
KIND = DifferenceKind


def test_every_kind_of_difference_is_named_and_equal_books_have_none() -> None:
    ours = {A: SAME, B: SAME, C: SAME, D: SAME}
    theirs = {A: SAME, C: Taking("131041", Yen(101)), D: Taking("132012", Yen(100)), E: SAME}
    assert compare(ours, theirs) == {
        B: KIND.MISSING_THERE,
        C: KIND.AMOUNT_DIFFERS,
        D: KIND.MUNICIPALITY_DIFFERS,
        E: KIND.MISSING_HERE,
    }
    assert compare(ours, ours) == {}


@pytest.mark.parametrize("kind", list(KIND))
def test_only_a_commission_that_the_provider_lacks_can_be_undone_here(kind) -> None:
    at = datetime(2025, 6, 3, tzinfo=UTC)
    found = Difference(A, B, kind, date(2025, 6, 2), "131041", Yen(1), None, at)
    assert found.allows(Way.EXPLAINED)
    assert found.allows(Way.UNDO) is (kind is KIND.MISSING_THERE)


def test_a_resolved_difference_stays_resolved() -> None:
    assert DIFFERENCES.unreachable() == frozenset()
    assert DIFFERENCES.terminal() == {DifferenceState.RESOLVED}
