"""The daily comparison with the card agent: its commissions against our card receipts, one by
one, and how a difference is resolved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from shared.kit.money import Yen
from shared.kit.states import StateMachine

COMPARE = "compare_commissions"


class DifferenceKind(StrEnum):
    """What one side has and the other has not, or has otherwise."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNT_DIFFERS = "amount_differs"
    MUNICIPALITY_DIFFERS = "municipality_differs"


class DifferenceState(StrEnum):
    """OPEN until a command resolves it, or its cause is gone."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"


class Way(StrEnum):
    """How a difference is resolved by a command."""

    UNDO = "undo"
    BOOK = "book"
    CANCEL = "cancel"
    EXPLAINED = "explained"


DIFFERENCES = StateMachine(
    initial=DifferenceState.OPEN,
    events={(DifferenceState.OPEN, DifferenceState.RESOLVED): "difference_resolved"},
    waiting={DifferenceState.OPEN: COMPARE},
)
DIFFERENCE_FOUND = "difference_found"

WAYS: Mapping[DifferenceKind, frozenset[Way]] = MappingProxyType(
    {
        DifferenceKind.MISSING_HERE: frozenset({Way.UNDO, Way.BOOK, Way.EXPLAINED}),
        DifferenceKind.MISSING_THERE: frozenset({Way.CANCEL, Way.EXPLAINED}),
        DifferenceKind.AMOUNT_DIFFERS: frozenset({Way.EXPLAINED}),
        DifferenceKind.MUNICIPALITY_DIFFERS: frozenset({Way.EXPLAINED}),
    }
)
"""A commission without a payment is undone, or booked; a receipt without a commission cancelled."""


@dataclass(frozen=True, slots=True)
class Taking:
    """One card payment as one side's books show it."""

    municipality: str
    amount_yen: Yen


@dataclass(frozen=True, slots=True)
class CardTaking:
    """One card payment that stands in our books, as the card agent is told of it."""

    peer_id: UUID
    municipality: str
    amount_yen: Yen
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """One card payment on which the two books do not agree."""

    authorisation_id: UUID
    municipality: str
    kind: DifferenceKind
    our_yen: Yen | None
    their_yen: Yen | None


@dataclass(frozen=True, slots=True)
class KeptDifference:
    """A difference in the books: found on a Tokyo day's comparison, resolved or not.

    way and document_number stay None while it is open, and if its cause went by itself.
    """

    id: UUID
    found: Difference
    day: date
    found_at: datetime
    state: DifferenceState = DifferenceState.OPEN
    version: int = 0
    way: Way | None = None
    document_number: str | None = None
    resolved_at: datetime | None = None

    def was_resolved_by(self, way: Way, document_number: str) -> bool:
        """Say whether this very resolution was carried out already."""
        return (self.way, self.document_number) == (way, document_number)


def compare(ours: Mapping[UUID, Taking], theirs: Mapping[UUID, Taking]) -> list[Difference]:
    """Return every difference between the two books of a day, by authorisation id."""
    found = []
    for id_ in sorted(ours.keys() | theirs.keys()):
        our, their = ours.get(id_), theirs.get(id_)
        kind = _kind(our, their)
        if kind is not None:
            shown = our or their
            town = shown.municipality if shown else ""
            found.append(
                Difference(
                    id_,
                    town,
                    kind,
                    our.amount_yen if our else None,
                    their.amount_yen if their else None,
                )
            )
    return found


def _kind(our: Taking | None, their: Taking | None) -> DifferenceKind | None:
    if our is None:
        return DifferenceKind.MISSING_HERE
    if their is None:
        return DifferenceKind.MISSING_THERE
    if our.amount_yen != their.amount_yen:
        return DifferenceKind.AMOUNT_DIFFERS
    if our.municipality != their.municipality:
        return DifferenceKind.MUNICIPALITY_DIFFERS
    return None
