"""The app -> card_agent, payers door: turn a card into a token that is good for one purchase.

The only bodies of the mesh in which a card number stands (DESIGN rule 15).
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, SecretStr, field_serializer

from shared.kit.arrow import Arrow, Wire
from shared.kit.money import PositiveYen


class MakeCardToken(Wire):
    """A card, and the one municipality and amount (premium, yen) that it shall pay."""

    municipality: str = Field(pattern=r"^\d{6}$")
    amount_yen: PositiveYen
    card_number: SecretStr = Field(max_length=32)
    expiry_year: int = Field(ge=2000, le=2099)
    expiry_month: int = Field(ge=1, le=12)

    @field_serializer("card_number", when_used="json")
    def _number_on_the_wire(self, number: SecretStr) -> str:
        """Show the number to the wire, and to nothing that prints or logs this body."""
        return number.get_secret_value()


class CardToken(Wire):
    """Stands for the card towards the provider; brand is VISA, MASTERCARD, JCB, AMEX or DINERS."""

    card_token: str
    brand: str
    expires_at: datetime


SCENARIO_HEADER = "Sandbox-Scenario"
SCENARIOS = (
    "approve",
    "over_limit",
    "expired",
    "stolen",
    "refused",
    "issuer_down",
    "issuer_slow",
    "answer_lost",
)
"""In sandbox mode a token may be asked for with one of these: what the card's network then does."""

MAKE_CARD_TOKEN = Arrow(
    "make_card_token",
    "card_agent",
    "payers",
    "POST",
    "/card-tokens",
    MakeCardToken,
    CardToken,
    refusals=(
        "card_number_invalid",
        "card_expired",
        "brand_not_taken",
        "municipality_unknown",
        "scenario_unknown",
        "agent_not_designated",
    ),
    success=201,
    body_limit_bytes=4096,
    per_address=True,
    takes_scenario=True,
)

ARROWS = (MAKE_CARD_TOKEN,)
