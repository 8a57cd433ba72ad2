"""Read a page of a statement that was made; knows nothing of how it was made."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from services.ward_gateway.domain.refusals import StatementNotFound
from services.ward_gateway.domain.statements import StatementLine
from services.ward_gateway.store.unit_of_work import UnitOfWork


async def list_statement_lines(
    statement_id: UUID, *, after: int, limit: int, open_unit_of_work: Callable[[], UnitOfWork]
) -> list[tuple[int, StatementLine]]:
    """Return up to `limit` numbered lines after line `after`; raises StatementNotFound."""
    async with open_unit_of_work() as work:
        if not await work.statements.exists(statement_id):
            raise StatementNotFound
        return await work.statements.lines(statement_id, after=after, limit=limit)
