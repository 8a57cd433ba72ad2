"""Before the centre's cut-off at 17:00: issued slips go out as billing data (DOMAIN §2.7)."""

from __future__ import annotations

from services.ward_gateway.resources import Resources
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
