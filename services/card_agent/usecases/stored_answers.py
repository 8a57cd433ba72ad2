"""What the books answer for an authorisation id: a commission, the same no as before, or wait."""

from __future__ import annotations

from services.card_agent.domain.authorisations import (
    Authorisation,
    AuthorisationQuestion,
    AuthorisationState,
    Commission,
)
from services.card_agent.domain.refusals import (
    LASTING_REFUSALS,
    AuthorisationBeingConfirmed,
    AuthorisationClosed,
    AuthorisationIdReused,
)


def answer_again(stored: Authorisation, question: AuthorisationQuestion) -> Commission:
    """Return the commission of an authorisation that exists already, if it is the same question.

    Raises AuthorisationClosed (closed before it was asked: whatever the question says),
    AuthorisationIdReused, or what `commission_or_refusal` raises.
    """
    if stored.was_never_asked:
        raise AuthorisationClosed
    if not stored.answers(question):
        raise AuthorisationIdReused
    return commission_or_refusal(stored)


def commission_or_refusal(stored: Authorisation) -> Commission:
    """Return the commission; raise the no, AuthorisationClosed, or AuthorisationBeingConfirmed.

    One that was undone is closed: nobody may take it for a commission again.
    """
    if stored.state is AuthorisationState.UNDONE:
        raise AuthorisationClosed
    if stored.state is AuthorisationState.UNDOING:
        raise AuthorisationBeingConfirmed
    if stored.commission is not None:
        return stored.commission
    if stored.state is AuthorisationState.DECLINED:
        raise LASTING_REFUSALS[stored.decline_reason or ""]
    if stored.state is AuthorisationState.CLOSED:
        raise AuthorisationClosed
    raise AuthorisationBeingConfirmed
