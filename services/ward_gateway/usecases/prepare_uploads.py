"""What the centre should hold differently becomes billing files, which then wait for a release."""

from __future__ import annotations

from services.ward_gateway.usecases.build_billing_file import Building, build_billing_files
from services.ward_gateway.usecases.plan_billing_orders import plan_billing_orders


async def prepare_uploads(building: Building, *, changes: bool) -> dict[str, int]:
    """Plan what is wanted and build its files; return counts. Nothing leaves.

    changes: as in plan_billing_orders.
    """
    planned = await plan_billing_orders(building.open_unit_of_work, changes=changes)
    return {**planned, **await build_billing_files(building)}
