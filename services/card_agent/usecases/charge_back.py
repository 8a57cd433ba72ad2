"""A card network takes its money back from the agent: チャージバック (sandbox only).

The commission was final: the agent has lost the money, the ward keeps it (231条の2の5).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from services.card_agent.domain.authorisations import COMMISSIONED
from services.card_agent.domain.refusals import NothingToChargeBack
from services.card_agent.store.unit_of_work import UnitOfWork


async def charge_back(
    authorisation_id: UUID, *, open_unit_of_work: Callable[[], UnitOfWork]
) -> datetime:
    """Write it down in the network's book and change nothing else; return when it was, again too.

    Ends as NothingToChargeBack unless the id is a commission.
    """
    async with open_unit_of_work() as work:
        stored = await work.authorisations.find(authorisation_id)
        if stored is None or stored.state not in COMMISSIONED:
            raise NothingToChargeBack
        at = await work.remittance_troubles.charge_back(authorisation_id)
        await work.commit()
    return at
