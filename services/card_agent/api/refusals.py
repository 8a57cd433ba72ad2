"""Which HTTP status each refusal of the card agent has; 409 where none is named."""

from __future__ import annotations

from collections.abc import Mapping

from services.card_agent.domain.refusals import (
    AuthorisationBeingConfirmed,
    BrandNotTaken,
    CardNumberInvalid,
    DifferenceNotFound,
    FileNotFound,
    ScenarioUnknown,
)

STATUSES: Mapping[str, int] = {
    CardNumberInvalid.code: 400,
    BrandNotTaken.code: 400,
    ScenarioUnknown.code: 400,
    FileNotFound.code: 404,
    DifferenceNotFound.code: 404,
    # Not a no: the provider must take it for an unknown outcome and settle (DESIGN rule 3).
    AuthorisationBeingConfirmed.code: 503,
}
