"""The daily comparison with the card agent: its commissions against our card receipts, one by
one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from shared.kit.money import Yen


class DifferenceKind(StrEnum):
    """What one side has and the other has not, or has otherwise."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNT_DIFFERS = "amount_differs"
    MUNICIPALITY_DIFFERS = "municipality_differs"


@dataclass(frozen=True, slots=True)
class Taking:
    """One card payment as one side's books show it."""

    municipality: str
    amount_yen: Yen


@dataclass(frozen=True, slots=True)
class Difference:
    """One card payment on which the two books do not agree."""

    authorisation_id: UUID
    municipality: str
    kind: DifferenceKind
    our_yen: Yen | None
    their_yen: Yen | None


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
