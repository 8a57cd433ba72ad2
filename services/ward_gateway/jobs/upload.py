"""Before the centre's cut-off at 17:00: issued slips go out as billing data (DOMAIN §2.7)."""

from __future__ import annotations

from services.ward_gateway.resources import Resources
from services.ward_gateway.usecases.count_billing_changes import (
    count_billing_changes as count_changes,
)
from services.ward_gateway.usecases.upload_billing import Uploading, upload_billing
from shared.kit.jobs import Counts


async def upload_issued_slips(resources: Resources) -> Counts:
    """Send what has not been sent, and ask about what was not answered."""
    return await upload_billing(
        Uploading(
            terminal=resources.lgwan,
            open_unit_of_work=resources.open_unit_of_work,
            contract=resources.contract,
            write_billing=resources.write_billing,
            clock=resources.clock,
        )
    )


async def count_billing_changes(resources: Resources) -> Counts:
    """Count keys at the centre that should be changed or deleted, if the setting is on."""
    return await count_changes(resources.open_unit_of_work, enabled=resources.billing_changes)
