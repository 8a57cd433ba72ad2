"""The takings in the card networks' own books, page by page (sandbox). Changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from services.card_agent.domain.network_books import NetworkApproval
from services.card_agent.store.unit_of_work import UnitOfWork

PAGE = 500


async def list_outside_books(
    after: UUID | None, *, open_unit_of_work: Callable[[], UnitOfWork], page: int = PAGE
) -> tuple[list[NetworkApproval], UUID | None]:
    """Return one page of the takings that stand, by reference, and where the next begins."""
    async with open_unit_of_work() as work:
        found = await work.network_books.takings(after, page + 1)
    listed = found[:page]
    return listed, listed[-1].reference if len(found) > page else None
