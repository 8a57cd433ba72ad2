"""How long keys stayed payable that nobody should have paid, and what was paid meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from services.ward_gateway.store.dead_keys import DeadKeys
from services.ward_gateway.store.unit_of_work import UnitOfWork
from shared.kit.clock import tokyo_time


async def report_dead_keys(
    open_unit_of_work: Callable[[], UnitOfWork], first: date, last: date
) -> DeadKeys:
    """Return the windows of keys that died on these Tokyo days, both included.

    A window runs from the other payment, the cancellation or the reissue (from its discovery where
    nobody recorded when) to the centre's answer to the delete.
    """
    until = tokyo_time(last + timedelta(days=1))
    async with open_unit_of_work() as work:
        return await work.dead_keys.between(tokyo_time(first), until)
