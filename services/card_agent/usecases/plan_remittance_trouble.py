"""Plan that a day's 代理納付 goes wrong (sandbox only)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.card_agent.domain.contracts import Contracts
from services.card_agent.domain.refusals import OrderWritten, TroublePlannedAlready
from services.card_agent.domain.remittance_troubles import RemittanceTrouble, TroubleKind
from services.card_agent.store.unit_of_work import UnitOfWork


async def plan_remittance_trouble(
    trouble: RemittanceTrouble,
    *,
    contracts: Contracts,
    open_unit_of_work: Callable[[], UnitOfWork],
) -> RemittanceTrouble:
    """Commit the trouble, or return the same one that is planned already.

    Ends as MunicipalityUnknown, OrderWritten (that day's order is gone; what is not reported may
    still be planned), or TroublePlannedAlready (that day has another one of this kind).
    """
    contracts.of(trouble.municipality)
    town, day = trouble.municipality, trouble.value_date
    async with open_unit_of_work() as work:
        known = await work.remittance_troubles.of_day(town, day, trouble.kind)
        if known is None:
            is_written = await work.transfer_orders.is_written(town, day)
            if is_written and trouble.kind is not TroubleKind.UNREPORTED:
                raise OrderWritten
            if await work.remittance_troubles.add(trouble):
                await work.commit()
                return trouble
            known = await work.remittance_troubles.of_day(town, day, trouble.kind)
    if known is None or replace(known, id=trouble.id) != trouble:
        raise TroublePlannedAlready
    return known
