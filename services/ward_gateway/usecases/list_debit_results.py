"""Result files of direct debit as they were taken, and what became of each record. Reads only."""

from __future__ import annotations

from collections.abc import Callable

from services.ward_gateway.domain.debit_results import DebitOutcome
from services.ward_gateway.domain.refusals import DebitResultFileNotFound
from services.ward_gateway.store.debit_results import DebitResultFile, ListedDebit
from services.ward_gateway.store.unit_of_work import UnitOfWork


async def list_debit_result_files(
    open_unit_of_work: Callable[[], UnitOfWork], *, after: int | None, limit: int
) -> list[DebitResultFile]:
    """Return files in the order in which they were taken, after a number."""
    async with open_unit_of_work() as work:
        return await work.debit_results.files(after=after, limit=limit)


async def list_debit_results(
    open_unit_of_work: Callable[[], UnitOfWork],
    sha256: str,
    *,
    after: int | None,
    limit: int,
    outcome: DebitOutcome | None,
) -> list[ListedDebit]:
    """Return a file's records by line, of one outcome or of all; DebitResultFileNotFound."""
    async with open_unit_of_work() as work:
        if await work.debit_results.find_file(sha256) is None:
            raise DebitResultFileNotFound
        return await work.debit_results.page(sha256, after=after, limit=limit, outcome=outcome)
