"""Read a page of what a clerk must look at; changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from services.ward_gateway.domain.exceptions import ExceptionState, OpenException
from services.ward_gateway.store.unit_of_work import UnitOfWork


async def list_exceptions(
    *,
    after: UUID | None,
    limit: int,
    state: ExceptionState | None,
    open_unit_of_work: Callable[[], UnitOfWork],
) -> list[OpenException]:
    """Return up to `limit` exceptions by id, of one state or of both."""
    async with open_unit_of_work() as work:
        return await work.exceptions.page(after=after, limit=limit, state=state)
