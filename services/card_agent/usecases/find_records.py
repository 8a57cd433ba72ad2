"""Find the records that a key leads to, for the operator's question. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.card_agent.store.unit_of_work import UnitOfWork


async def find_records(key: str, *, open_unit_of_work: Callable[[], UnitOfWork]) -> Sequence[str]:
    """Return the ids of the authorisations behind a commission number or a barcode.

    An authorisation id leads to itself; the caller adds it.
    """
    async with open_unit_of_work() as work:
        return [str(found) for found in await work.authorisations.ids_of_key(key)]
