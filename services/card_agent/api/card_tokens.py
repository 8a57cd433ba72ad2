"""POST /card-tokens, the only question of the mesh that carries a card number."""

from __future__ import annotations

from services.card_agent.api.access import Res
from services.card_agent.usecases.make_card_token import make_card_token
from shared.wire.card_tokens import CardToken, MakeCardToken


async def post_card_token(body: MakeCardToken, resources: Res) -> CardToken:
    """Turn a card into a token."""
    token, brand, expires_at = await make_card_token(
        municipality=body.municipality,
        amount_yen=body.amount_yen,
        card_number=body.card_number.get_secret_value(),
        expiry_year=body.expiry_year,
        expiry_month=body.expiry_month,
        contracts=resources.contracts,
        clock=resources.clock,
        card_memory=resources.card_memory,
        hmac_of=resources.hmac_of,
        open_unit_of_work=resources.open_unit_of_work,
    )
    return CardToken(card_token=token, brand=brand.value, expires_at=expires_at)
