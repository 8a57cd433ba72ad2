"""Before the centre's cut-off at 17:00: what it should hold is prepared, and sent once released."""

from __future__ import annotations

from services.ward_gateway.resources import Resources
from services.ward_gateway.usecases import plan_billing_orders as planning
from services.ward_gateway.usecases.count_billing_changes import (
    count_billing_changes as count_changes,
)
from services.ward_gateway.usecases.issue_slips import renew_slips
from services.ward_gateway.usecases.prepare_uploads import prepare_uploads
from services.ward_gateway.usecases.upload_billing import Uploading, upload_billing
from shared.kit.jobs import Counts


async def plan_billing_orders(resources: Resources) -> Counts:
    """Order what the centre must be told; with the setting off, only keys that it never held."""
    return await planning.plan_billing_orders(
        resources.open_unit_of_work, changes=resources.billing_changes
    )


async def prepare_billing(resources: Resources) -> Counts:
    """Issue slips anew, plan, and build the files that a person is to release.

    The terminal's user prepares them.
    """
    renewed = await renew_slips(resources.open_unit_of_work, resources.contract, resources.confirm)
    building = resources.building(resources.lgwan.user_id)
    prepared = await prepare_uploads(building, changes=resources.billing_changes)
    return {**renewed, **prepared}


async def send_released(resources: Resources) -> Counts:
    """Send what was released, ask about what was not answered, tell what nobody releases."""
    number = resources.contract.institution_number
    return await upload_billing(Uploading(resources.lgwan, resources.open_unit_of_work, number))


async def count_billing_changes(resources: Resources) -> Counts:
    """Count keys at the centre that should be changed or deleted, if the setting is on."""
    return await count_changes(resources.open_unit_of_work, enabled=resources.billing_changes)
