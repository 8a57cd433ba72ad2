"""17:40: does the standard system fetch what was registered for it?"""

from __future__ import annotations

from services.ward_gateway.resources import Resources
from services.ward_gateway.usecases import watch_deliveries as watching
from shared.kit.jobs import Counts


async def watch_deliveries(resources: Resources) -> Counts:
    """Look at what waits."""
    return await watching.watch_deliveries(
        open_unit_of_work=resources.open_unit_of_work, clock=resources.clock
    )
