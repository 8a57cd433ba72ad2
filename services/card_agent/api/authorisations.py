"""The provider asks: may this card pay, what became of that, which commissions had a day."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.card_agent.api.access import Res
from services.card_agent.domain.authorisations import (
    Authorisation,
    AuthorisationQuestion,
    AuthorisationState,
    Commission,
)
from services.card_agent.domain.card_tokens import token_hash
from services.card_agent.usecases.authorise_card import authorise_card
from services.card_agent.usecases.list_commissions import list_commissions
from services.card_agent.usecases.settle_authorisation import settle_authorisation
from shared.wire.card_authorisations import (
    AuthorisationSettled,
    AuthoriseCard,
    CardAuthorised,
    CommissionListed,
    CommissionsListed,
    SettleAuthorisation,
)


async def post_authorisation(body: AuthoriseCard, resources: Res) -> CardAuthorised:
    """May the card behind this token pay this slip?"""
    question = AuthorisationQuestion(
        id=body.authorisation_id,
        municipality=body.municipality,
        barcode=body.barcode,
        amount_yen=body.amount_yen,
        fee_yen=body.fee_yen,
        token_hash=token_hash(body.card_token),
    )
    commission = await authorise_card(question, resources.asking)
    return _authorised(question.id, commission)


async def post_settlement(
    authorisation_id: UUID, body: SettleAuthorisation, resources: Res
) -> AuthorisationSettled:
    """Answer for this id, or close it for ever."""
    stored = await settle_authorisation(
        authorisation_id, body.municipality, body.amount_yen, resources.settling
    )
    return _settled(stored)


async def get_commissions(
    day: date, resources: Res, after: UUID | None = None
) -> CommissionsListed:
    """Return the commissions of one Tokyo day, page by page."""
    found, next_after = await list_commissions(
        day, after, open_unit_of_work=resources.open_unit_of_work
    )
    listed = tuple(_listed(row, row.commission) for row in found if row.commission)
    return CommissionsListed(commissions=listed, next_after=next_after)


def _authorised(authorisation_id: UUID, commission: Commission) -> CardAuthorised:
    return CardAuthorised(
        authorisation_id=authorisation_id,
        commission_number=commission.commission_number,
        approval_number=commission.approval_number,
        brand=commission.brand.value,
        authorised_at=commission.authorised_at,
        designated_date=commission.designated_date,
    )


def _settled(stored: Authorisation) -> AuthorisationSettled:
    if stored.commission is not None and stored.state is not AuthorisationState.UNDONE:
        return AuthorisationSettled(
            authorisation_id=stored.id,
            outcome="authorised",
            commission=_authorised(stored.id, stored.commission),
        )
    if stored.state is AuthorisationState.DECLINED:
        return AuthorisationSettled(
            authorisation_id=stored.id, outcome="declined", reason=stored.decline_reason
        )
    return AuthorisationSettled(authorisation_id=stored.id, outcome="closed")


def _listed(row: Authorisation, commission: Commission) -> CommissionListed:
    return CommissionListed(
        authorisation_id=row.id,
        municipality=row.municipality,
        amount_yen=row.amount_yen,
        authorised_at=commission.authorised_at,
        designated_date=commission.designated_date,
    )
