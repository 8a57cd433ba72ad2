"""Before the centre's cut-off at 17:00: what it should hold goes out as billing data (§2.7)."""

from __future__ import annotations

from services.ward_gateway.resources import Resources
from services.ward_gateway.usecases import plan_billing_orders as planning
from services.ward_gateway.usecases.build_billing_file import Building
from services.ward_gateway.usecases.count_billing_changes import (
    count_billing_changes as count_changes,
)
from services.ward_gateway.usecases.issue_slips import renew_slips
from services.ward_gateway.usecases.upload_billing import Uploading, upload_billing
from shared.kit.jobs import Counts


async def plan_billing_orders(resources: Resources) -> Counts:
    """Order what the centre must be told; with the setting off, only keys that it never held."""
    return await planning.plan_billing_orders(
        resources.open_unit_of_work, changes=resources.billing_changes
    )


async def upload_wanted(resources: Resources) -> Counts:
    """Issue slips anew, plan, send what has not been sent, and ask about what was not answered."""
    renewed = await renew_slips(resources.open_unit_of_work, resources.contract, resources.confirm)
    planned = {**renewed, **await plan_billing_orders(resources)}
    building = Building(
        resources.open_unit_of_work,
        resources.contract,
        resources.write_billing,
        resources.clock,
    )
    return {**planned, **await upload_billing(Uploading(resources.lgwan, building))}


async def count_billing_changes(resources: Resources) -> Counts:
    """Count keys at the centre that should be changed or deleted, if the setting is on."""
    return await count_changes(resources.open_unit_of_work, enabled=resources.billing_changes)
