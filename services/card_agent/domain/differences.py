"""Where the provider's list of a day and our commissions do not agree, and how that is resolved.

Knows ids and yen; what was done about one is the use case's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from shared.kit.money import Yen
from shared.kit.states import StateMachine


class DifferenceKind(StrEnum):
    """What one side has and the other has not, or has otherwise; here is the card agent."""

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
    EXPLAINED = "explained"


# The provider's next list asks; whether its cause is gone is looked at with each one.
DIFFERENCES = StateMachine(
    initial=DifferenceState.OPEN,
    events={(DifferenceState.OPEN, DifferenceState.RESOLVED): "difference_resolved"},
    waiting={},
)
DIFFERENCE_FOUND = "difference_found"


@dataclass(frozen=True, slots=True)
class Taking:
    """One card payment as one side's books show it."""

    municipality: str
    amount_yen: Yen


@dataclass(frozen=True, slots=True)
class Difference:
    """One card payment on which the books do not agree; both yen as this side sees them.

    way and document_number stay None while it is open, and if its cause went by itself.
    """

    id: UUID
    authorisation_id: UUID
    kind: DifferenceKind
    day: date
    municipality: str
    our_yen: Yen | None
    their_yen: Yen | None
    found_at: datetime
    state: DifferenceState = DifferenceState.OPEN
    version: int = 0
    way: Way | None = None
    document_number: str | None = None
    resolved_at: datetime | None = None

    def was_resolved_by(self, way: Way, document_number: str) -> bool:
        """Say whether this very resolution was carried out already."""
        return (self.way, self.document_number) == (way, document_number)

    def allows(self, way: Way) -> bool:
        """Say whether a way can resolve a difference of this kind."""
        return way is Way.EXPLAINED or self.kind is DifferenceKind.MISSING_THERE


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the provider's list of a Tokyo day; revision and page run from 1."""

    day: date
    revision: int
    page: int
    is_last: bool
    sha256: str
    payments: tuple[tuple[UUID, Taking], ...]


def compare(
    ours: Mapping[UUID, Taking], theirs: Mapping[UUID, Taking]
) -> dict[UUID, DifferenceKind]:
    """Return what differs between our commissions and the provider's list, by authorisation."""
    found = {}
    for id_ in ours.keys() | theirs.keys():
        kind = _kind(ours.get(id_), theirs.get(id_))
        if kind is not None:
            found[id_] = kind
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
