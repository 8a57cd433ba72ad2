"""The provider takes a commission back, and says which payments it has."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Path

from services.card_agent.api.access import Res
from services.card_agent.domain.differences import Page, Taking
from services.card_agent.usecases.take_payment_list import take_payment_list
from services.card_agent.usecases.undo_authorisation import undo_authorisation
from shared.wire.card_undoing import (
    AuthorisationUndone,
    PaymentsReported,
    PaymentsTaken,
    UndoAuthorisation,
)

Number = Annotated[int, Path(ge=1, le=1_000_000)]


async def post_undoing(
    authorisation_id: UUID, body: UndoAuthorisation, resources: Res
) -> AuthorisationUndone:
    """Take this commission back."""
    undone = await undo_authorisation(
        authorisation_id, body.municipality, body.amount_yen, body.fault, resources.undoing
    )
    return AuthorisationUndone.model_validate(
        {"authorisation_id": undone.id, "undone_at": undone.undone_at}
    )


async def put_payment_list(
    day: date, revision: Number, page: Number, body: PaymentsReported, resources: Res
) -> PaymentsTaken:
    """Take a page of a day's card payments."""
    taken = Page(
        day=day,
        revision=revision,
        page=page,
        is_last=body.is_last,
        sha256=hashlib.sha256(body.model_dump_json().encode()).hexdigest(),
        payments=tuple(
            (line.authorisation_id, Taking(line.municipality, line.amount_yen))
            for line in body.payments
        ),
    )
    differences = await take_payment_list(taken, open_unit_of_work=resources.open_unit_of_work)
    return PaymentsTaken(payments=len(body.payments), differences=differences)
