"""List differences with the provider, and resolve one by a command that names its document."""

from __future__ import annotations

from uuid import UUID

from services.card_agent.domain.differences import Difference, DifferenceState, Way
from services.card_agent.domain.refusals import (
    AuthorisationIdReused,
    AuthorisationNotCommissioned,
    DifferenceNotFound,
    DifferenceResolved,
    WayNotPossible,
)
from services.card_agent.usecases.undo_authorisation import Undoing, undo_authorisation
from shared.kit.money import ZERO_YEN

PAGE = 500
FAULT = "answer_lost"
"""A commission without a payment: its yes never reached the provider's books."""


async def list_differences(
    state: DifferenceState | None, after: UUID | None, undoing: Undoing, *, page: int = PAGE
) -> tuple[list[Difference], UUID | None]:
    """Return a page of differences by id, and behind which the next begins."""
    async with undoing.open_unit_of_work() as work:
        found = await work.differences.listed(state, after, page + 1)
    return found[:page], found[page - 1].id if len(found) > page else None


async def resolve_difference(
    difference_id: UUID, way: Way, document_number: str, undoing: Undoing
) -> Difference:
    """Return the resolved difference, committed. The same resolution again gets it again.

    1. The decision is written down. 2. With `undo` the commission is undone (record, call,
    record). 3. The difference is moved. Ends as DifferenceNotFound, DifferenceResolved (otherwise),
    WayNotPossible, UndoAfterClose, or AuthorisationBeingConfirmed (the network is silent; repeat).
    """
    async with undoing.open_unit_of_work() as work:
        difference = await work.differences.find(difference_id, lock=True)
        if difference is None:
            raise DifferenceNotFound
        if difference.state is DifferenceState.RESOLVED:
            return _again(difference, way, document_number)
        if not difference.allows(way):
            raise WayNotPossible
        await work.differences.note_asked(difference, way, document_number)
        await work.commit()
    if way is Way.UNDO:
        await _undo(difference, undoing)
    async with undoing.open_unit_of_work() as work:
        difference = await work.differences.find(difference_id, lock=True)
        assert difference is not None  # noqa: S101 - rows stay
        if difference.state is DifferenceState.RESOLVED:
            return _again(difference, way, document_number)
        resolved = await work.differences.resolve(difference, way, document_number)
        await work.commit()
    return resolved


def _again(difference: Difference, way: Way, document_number: str) -> Difference:
    if not difference.was_resolved_by(way, document_number):
        raise DifferenceResolved
    return difference


async def _undo(difference: Difference, undoing: Undoing) -> None:
    amount_yen = difference.our_yen or ZERO_YEN
    try:
        await undo_authorisation(
            difference.authorisation_id, difference.municipality, amount_yen, FAULT, undoing
        )
    except (AuthorisationNotCommissioned, AuthorisationIdReused) as refusal:
        raise WayNotPossible from refusal
