"""The operator lists the differences with the card agent, and resolves one."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from services.payment_provider.api.access import Res
from services.payment_provider.domain.comparisons import DifferenceState, KeptDifference, Way
from services.payment_provider.usecases import resolve_difference as usecase
from shared.wire.differences import DifferencesListed, DifferenceView, ResolveDifference


async def get_differences(
    res: Res, state: Literal["open", "resolved"] | None = None, after: UUID | None = None
) -> DifferencesListed:
    """Answer the list, page by page."""
    wanted = DifferenceState(state.upper()) if state else None
    found, next_after = await usecase.list_differences(wanted, after, res.books)
    return DifferencesListed(differences=tuple(map(_view, found)), next_after=next_after)


async def post_resolution(difference_id: UUID, body: ResolveDifference, res: Res) -> DifferenceView:
    """Answer a resolution."""
    resolving = usecase.Resolving(res.books, res.card_agent, res.undoers)
    way = Way(body.way)
    kept = await usecase.resolve_difference(difference_id, way, body.document_number, resolving)
    return _view(kept)


def _view(kept: KeptDifference) -> DifferenceView:
    return DifferenceView.model_validate(
        {
            "difference_id": kept.id,
            "authorisation_id": kept.found.authorisation_id,
            "kind": kept.found.kind.value,
            "state": kept.state.value.lower(),
            "day": kept.day,
            "municipality": kept.found.municipality,
            "our_yen": kept.found.our_yen,
            "their_yen": kept.found.their_yen,
            "found_at": kept.found_at,
            "way": kept.way.value if kept.way else None,
            "document_number": kept.document_number,
            "resolved_at": kept.resolved_at,
        }
    )
