"""The operator lets remittances go wrong and card networks take money back (sandbox only)."""

from __future__ import annotations

from services.card_agent.api.access import Res
from services.card_agent.domain.remittance_troubles import RemittanceTrouble, TroubleKind
from services.card_agent.usecases.charge_back import charge_back
from services.card_agent.usecases.plan_remittance_trouble import plan_remittance_trouble
from shared.kit.ids import new_id
from shared.wire.sandbox_remittances import ChargeBack, ChargedBack, PlanTrouble, TroublePlanned


async def post_remittance_trouble(body: PlanTrouble, resources: Res) -> TroublePlanned:
    """Plan a trouble with one day's remittance."""
    asked = RemittanceTrouble(
        new_id(), body.municipality, body.value_date, TroubleKind(body.kind), body.amount
    )
    planned = await plan_remittance_trouble(
        asked, contracts=resources.contracts, open_unit_of_work=resources.open_unit_of_work
    )
    return TroublePlanned(trouble_id=planned.id, **body.model_dump())


async def post_chargeback(body: ChargeBack, resources: Res) -> ChargedBack:
    """Let the card's network take back what the agent was paid for a commission."""
    at = await charge_back(body.authorisation_id, open_unit_of_work=resources.open_unit_of_work)
    return ChargedBack(authorisation_id=body.authorisation_id, at=at)
