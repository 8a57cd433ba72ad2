"""What a clerk of the centre must look at: open exceptions of every municipality, by page."""

from __future__ import annotations

from uuid import UUID

from services.lgwan_asp.domain.exceptions import OpenException
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork


async def list_exceptions(
    *, after: UUID | None, limit: int, open_unit_of_work: OpenUnitOfWork
) -> tuple[list[OpenException], UUID | None]:
    """Return a page of open exceptions by id, and the id to go on after (None at the end)."""
    async with open_unit_of_work() as work:
        found = await work.exceptions.list_open(after=after, limit=limit + 1)
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None
