"""POST /card-tokens, the only question of the mesh that carries a card number."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

from services.card_agent.api.access import Res
from services.card_agent.usecases.make_card_token import make_card_token
from shared.wire.card_tokens import SCENARIO_HEADER, SCENARIOS, CardToken, MakeCardToken

Scenario = Annotated[
    str | None, Header(alias=SCENARIO_HEADER, json_schema_extra={"enum": list(SCENARIOS)})
]


async def post_card_token(
    body: MakeCardToken, resources: Res, sandbox_scenario: Scenario = None
) -> CardToken:
    """Turn a card into a token."""
    token, brand, expires_at = await make_card_token(
        municipality=body.municipality,
        amount_yen=body.amount_yen,
        card_number=body.card_number.get_secret_value(),
        expiry_year=body.expiry_year,
        expiry_month=body.expiry_month,
        scenario=sandbox_scenario,
        contracts=resources.contracts,
        clock=resources.clock,
        card_memory=resources.card_memory,
        hmac_of=resources.hmac_of,
        open_unit_of_work=resources.open_unit_of_work,
    )
    return CardToken(card_token=token, brand=brand.value, expires_at=expires_at)
