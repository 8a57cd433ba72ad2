"""POST /reconciliations: match now what has come. No decisions here."""

from __future__ import annotations

from services.ward_gateway.api.access import Res
from services.ward_gateway.usecases.reconcile import reconcile
from shared.wire.ward_intranet import Reconciled


async def post_reconciliation(res: Res) -> Reconciled:
    """Match deposits with confirmed receipts and bring the exceptions up to date."""
    done = await reconcile(
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
        trustee_from=res.contract.trustee_from,
        statements_from=res.contract.pay_in_statements_from,
        item_fees_yen=res.contract.item_fees_yen,
    )
    return Reconciled(
        deposits_matched=done.deposits_matched,
        receipts_funded=done.receipts_funded,
        exceptions_opened=done.exceptions_opened,
    )
