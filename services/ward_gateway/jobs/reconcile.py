"""17:30: receipts against deposits, every business day (BOOKS §4)."""

from __future__ import annotations

from dataclasses import asdict

from services.ward_gateway.resources import Resources
from services.ward_gateway.usecases.reconcile import reconcile as reconcile_books
from shared.kit.jobs import Counts


async def reconcile(resources: Resources) -> Counts:
    """Reconcile what is not settled yet."""
    done = await reconcile_books(
        open_unit_of_work=resources.open_unit_of_work,
        clock=resources.clock,
        trustee_from=resources.contract.trustee_from,
        statements_from=resources.contract.pay_in_statements_from,
        item_fees_yen=resources.contract.item_fees_yen,
    )
    return asdict(done)
