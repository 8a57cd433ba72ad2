"""What the centre should hold differently becomes billing files, which then wait for a release."""

from __future__ import annotations

from services.ward_gateway.usecases.build_billing_file import Building, build_billing_files
from services.ward_gateway.usecases.plan_billing_orders import plan_billing_orders
from services.ward_gateway.usecases.withdraw_upload import take_back_unwanted


async def prepare_uploads(building: Building, *, changes: bool) -> dict[str, int]:
    """Plan what is wanted and build its files; return counts. Nothing leaves.

    A file that still waits for its release and holds what is not wanted any more is taken back
    first, and built anew. changes: as in plan_billing_orders.
    """
    withdrawn = await take_back_unwanted(building.open_unit_of_work, changes=changes)
    planned = await plan_billing_orders(building.open_unit_of_work, changes=changes)
    return {**withdrawn, **planned, **await build_billing_files(building)}
