"""Corrections (更正) as they were taken. Reads only."""

from __future__ import annotations

from collections.abc import Callable

from services.ward_gateway.store.corrections import ListedCorrection
from services.ward_gateway.store.unit_of_work import UnitOfWork


async def list_corrections(
    open_unit_of_work: Callable[[], UnitOfWork], *, after: int | None, limit: int
) -> list[ListedCorrection]:
    """Return corrections in the order in which they were taken, after an id."""
    async with open_unit_of_work() as work:
        return await work.corrections.page(after=after, limit=limit)
