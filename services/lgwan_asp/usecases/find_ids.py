"""From any key of a payment to the ids of our records: what the operator door asks for."""

from __future__ import annotations

from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork


async def find_ids(key: str, *, open_unit_of_work: OpenUnitOfWork) -> list[str]:
    """Return ids for a payment number, a receipt number, a session or a file."""
    async with open_unit_of_work() as work:
        return await work.receipts.ids_of(key)
