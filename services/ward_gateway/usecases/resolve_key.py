"""From any key that a person holds to the ids of the ward's records: for `mesh explain`."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from services.ward_gateway.store.unit_of_work import UnitOfWork


async def resolve_key(open_unit_of_work: Callable[[], UnitOfWork], key: str) -> list[str]:
    """Return the ids that a slip id, barcode, payment number, receipt id or intake id leads to.

    A slip leads to its receipts too, whichever channel they came by; an unknown key to nothing.
    """
    async with open_unit_of_work() as work:
        slips = await work.slips.ids_of_key(key)
        anchors, intakes = list(slips), []
        as_id = _as_id(key)
        if as_id is not None:
            anchors.append(as_id)
            intakes = await work.intakes.ids_of_key(as_id)
        receipts = await work.receipts.ids_of_slips(anchors)
        receipts += await work.receipts.ids_of_key(key)
    return sorted({str(each) for each in (*slips, *intakes, *receipts)})


def _as_id(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None
