"""payment_provider -> card_agent, leased line: may this card pay, and what became of that question.

A positive answer *is* the commission (納付の受託): final at the card agent's commit.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.kit.arrow import Arrow, NoBody, Wire
from shared.kit.money import YEN_LIMIT, PositiveYen, Yen

PROVIDER = ("payment-provider",)


class AuthoriseCard(Wire):
    """May the card behind this token pay this slip? The provider makes and repeats the id.

    fee_yen is the payer's fee, charged beside the premium and never ward revenue.
    """

    authorisation_id: UUID
    municipality: str = Field(pattern=r"^\d{6}$")
    barcode: str = Field(pattern=r"^\d{44}$")
    amount_yen: PositiveYen
    fee_yen: Yen = Field(ge=0, lt=YEN_LIMIT)
    card_token: str = Field(max_length=64)


class CardAuthorised(Wire):
    """Yes: the card agent has taken the commission and pays by the designated date (指定日)."""

    authorisation_id: UUID
    commission_number: str
    approval_number: str
    brand: str
    authorised_at: datetime
    designated_date: date


class SettleAuthorisation(Wire):
    """Answer for this id, or close it for ever; municipality and amount as in the question."""

    municipality: str = Field(pattern=r"^\d{6}$")
    amount_yen: PositiveYen


class AuthorisationSettled(Wire):
    """authorised (with the commission), declined (with its code) or closed: nothing charged."""

    authorisation_id: UUID
    outcome: Literal["authorised", "declined", "closed"]
    commission: CardAuthorised | None = None
    reason: str | None = None


class CommissionListed(Wire):
    """One commission, for the provider's daily comparison."""

    authorisation_id: UUID
    municipality: str
    amount_yen: PositiveYen
    authorised_at: datetime
    designated_date: date


class CommissionsListed(Wire):
    """A page of one Tokyo day's commissions, by authorisation id; next_after: None at the end."""

    commissions: tuple[CommissionListed, ...]
    next_after: UUID | None


DECLINE_CODES = ("card_expired", "card_over_limit", "card_refused", "card_issuer_unavailable")
NOT_CHARGED_CODES = (
    "card_token_unknown",
    "card_token_used",
    "authorisation_closed",
    "amount_differs",
    "municipality_unknown",
    "authorisation_id_reused",
    "agent_not_designated",
    "bank_days_unknown",
)

BEING_CONFIRMED = ("authorisation_being_confirmed",)
"""No refusal: the network is silent, or another copy is asking; ask again with this id."""

AUTHORISE_CARD = Arrow(
    "authorise_card",
    "card_agent",
    "leased_line",
    "POST",
    "/authorisations",
    AuthoriseCard,
    CardAuthorised,
    PROVIDER,
    refusals=(*DECLINE_CODES, *NOT_CHARGED_CODES),
    success=201,
    unknowns=BEING_CONFIRMED,
)
SETTLE_AUTHORISATION = Arrow(
    "settle_authorisation",
    "card_agent",
    "leased_line",
    "POST",
    "/authorisations/{authorisation_id}/settlement",
    SettleAuthorisation,
    AuthorisationSettled,
    PROVIDER,
    refusals=("authorisation_id_reused",),
    # A town that the agent has no contract with (any more) does not tell whether it was charged.
    unknowns=(*BEING_CONFIRMED, "municipality_unknown"),
)
LIST_COMMISSIONS = Arrow(
    "list_commissions",
    "card_agent",
    "leased_line",
    "GET",
    "/commissions",
    NoBody,
    CommissionsListed,
    PROVIDER,
)

ARROWS = (AUTHORISE_CARD, SETTLE_AUTHORISATION, LIST_COMMISSIONS)
