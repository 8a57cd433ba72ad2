"""The operator lists the differences with the provider, and resolves one."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from services.card_agent.api.access import Res
from services.card_agent.domain.differences import Difference, DifferenceState, Way
from services.card_agent.domain.refusals import WayNotPossible
from services.card_agent.usecases import resolve_difference as usecase
from shared.wire.differences import DifferencesListed, DifferenceView, ResolveDifference


async def get_differences(
    resources: Res, state: Literal["open", "resolved"] | None = None, after: UUID | None = None
) -> DifferencesListed:
    """Return a page of differences."""
    wanted = DifferenceState(state.upper()) if state else None
    found, next_after = await usecase.list_differences(wanted, after, resources.undoing)
    return DifferencesListed(differences=tuple(map(_view, found)), next_after=next_after)


async def post_resolution(
    difference_id: UUID, body: ResolveDifference, resources: Res
) -> DifferenceView:
    """Resolve a difference; what only the provider can do is not possible here."""
    if body.way not in set(Way):
        raise WayNotPossible
    resolved = await usecase.resolve_difference(
        difference_id, Way(body.way), body.document_number, resources.undoing
    )
    return _view(resolved)


def _view(difference: Difference) -> DifferenceView:
    return DifferenceView.model_validate(
        {
            "difference_id": difference.id,
            "authorisation_id": difference.authorisation_id,
            "kind": difference.kind.value,
            "state": difference.state.value.lower(),
            "day": difference.day,
            "municipality": difference.municipality,
            "our_yen": difference.our_yen,
            "their_yen": difference.their_yen,
            "found_at": difference.found_at,
            "way": difference.way.value if difference.way else None,
            "document_number": difference.document_number,
            "resolved_at": difference.resolved_at,
        }
    )
