"""The commissions of one day, page by page, for the provider's comparison. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from services.card_agent.domain.authorisations import Authorisation
from services.card_agent.store.unit_of_work import UnitOfWork

PAGE = 500


async def list_commissions(
    day: date, after: UUID | None, *, open_unit_of_work: Callable[[], UnitOfWork], page: int = PAGE
) -> tuple[list[Authorisation], UUID | None]:
    """Return a page of a Tokyo day's commissions by authorisation id, and where the next begins."""
    async with open_unit_of_work() as work:
        found = await work.authorisations.commissions_of_day(day, after, page + 1)
    listed = found[:page]
    return listed, listed[-1].id if len(found) > page else None
