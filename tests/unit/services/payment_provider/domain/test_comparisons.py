"""Two books of one day, compared payment by payment."""

from __future__ import annotations

from uuid import UUID

from services.payment_provider.domain.comparisons import DifferenceKind, Taking, compare
from shared.kit.money import Yen

A, B, C, D, E = (UUID(int=number) for number in range(1, 6))
SAME = Taking("131041", Yen(100))


def test_equal_books_have_no_difference():
    assert compare({A: SAME}, {A: SAME}) == []


def test_every_kind_of_difference_is_named():
    ours = {A: SAME, B: SAME, C: SAME, D: SAME}
    theirs = {A: SAME, C: Taking("131041", Yen(101)), D: Taking("132012", Yen(100)), E: SAME}
    found = {d.authorisation_id: d.kind for d in compare(ours, theirs)}
    assert found == {
        B: DifferenceKind.MISSING_THERE,
        C: DifferenceKind.AMOUNT_DIFFERS,
        D: DifferenceKind.MUNICIPALITY_DIFFERS,
        E: DifferenceKind.MISSING_HERE,
    }
