"""POST /trustee-decisions: a supervisor returns an instalment to its payer. No decisions here."""

from __future__ import annotations

from services.ward_gateway.api.access import Res
from services.ward_gateway.store.trustees import TrusteeDecision
from services.ward_gateway.usecases.decide_trustee import decide_trustee
from shared.wire.ward_intranet import DecideTrustee, TrusteeDecided


async def post_trustee_decision(body: DecideTrustee, res: Res) -> TrusteeDecided:
    """Write the decision down, or repeat what was decided."""
    decided = await decide_trustee(
        TrusteeDecision(body.commission_number, body.document_number, body.decided_on),
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
        trustee_from=res.contract.trustee_from,
    )
    return TrusteeDecided(
        commission_number=decided.decision.commission_number,
        document_number=decided.decision.document_number,
        decided_on=decided.decision.decided_on,
        receipt_id=decided.receipt_id,
        amount_yen=decided.amount_yen,
    )
