"""The standard system lists, fetches and acknowledges its files; an acknowledged one is erased."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from services.ward_gateway.domain.deliveries import Delivery
from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.refusals import DeliveryErased, DeliveryNotFound, FileHashDiffers
from services.ward_gateway.store.deliveries import ERASED_BY
from services.ward_gateway.store.unit_of_work import UnitOfWork
from shared.kit.clock import Clock

OpenUnitOfWork = Callable[[], UnitOfWork]
PLACE = "core"
"""Where these bytes stood, beside the names of the two terminals, in the record of erasures."""


async def list_deliveries(
    open_unit_of_work: OpenUnitOfWork, *, acknowledged: bool
) -> Sequence[Delivery]:
    """Return what waits, first made first; or what was imported, the last one first."""
    async with open_unit_of_work() as work:
        return await (work.deliveries.imported() if acknowledged else work.deliveries.ready())


async def fetch_delivery(delivery_id: UUID, open_unit_of_work: OpenUnitOfWork) -> bytes:
    """Return a file's bytes, as often as they are asked for; who took them stands in the audit.

    Refused: DeliveryNotFound, DeliveryErased.
    """
    async with open_unit_of_work() as work:
        content = await work.deliveries.content(delivery_id)
        if content is None:
            found = await work.deliveries.find(delivery_id)
            raise DeliveryNotFound if found is None else DeliveryErased
        await work.journal.audit("delivery_fetched", "deliveries", delivery_id, details={})
        await work.commit()
    return content


async def acknowledge_delivery(
    delivery_id: UUID, sha256: str, *, open_unit_of_work: OpenUnitOfWork, clock: Clock
) -> datetime:
    """Note that a file was imported and erase it, all in one transaction; return when that was.

    A repeat gets the same answer. Refused, and nothing erased: DeliveryNotFound, FileHashDiffers.
    """
    async with open_unit_of_work() as work:
        found = await work.deliveries.find(delivery_id)
        if found is None:
            raise DeliveryNotFound
        if found.sha256 != sha256:
            raise FileHashDiffers
        if found.acknowledged_at is not None:
            return found.acknowledged_at
        at = clock.now()
        await work.deliveries.erase(found, at)
        await work.erasures.add(
            intake_id=found.id,
            terminal=PLACE,
            file_name=f"{found.kind}-{found.sequence:06d}",
            sha256=found.sha256,
            method=ERASED_BY,
            business_at=at,
        )
        await work.exceptions.settle(ExceptionCode.DELIVERY_OVERDUE, [], among=[str(found.id)])
        await work.commit()
    return at
