"""The payers' door: the terms of use, and that they were accepted. Parse, call, show."""

from __future__ import annotations

from dataclasses import asdict

from services.payment_provider.api.access import Res
from services.payment_provider.usecases.accept_terms import accept_terms
from services.payment_provider.usecases.read_terms import read_terms
from shared.wire.mobile_payments import AcceptTerms, Terms, TermsAccepted


async def get_terms(res: Res) -> Terms:
    """Answer READ_TERMS."""
    return Terms.model_validate(asdict(read_terms(res.books)))


async def post_acceptance(body: AcceptTerms, res: Res) -> TermsAccepted:
    """Answer ACCEPT_TERMS."""
    accepted = await accept_terms(body.acceptance_id, body.version, res.books)
    return TermsAccepted(
        acceptance_id=accepted.id, version=accepted.version, accepted_at=accepted.accepted_at
    )
