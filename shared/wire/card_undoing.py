"""payment_provider -> card_agent, leased line: take a commission back, and see who has which.

Undoing mends a fault of the provider or the agent, before 確報 and before the agent's close; it is
its own settlement: the same question again gets the same answer. OWN DESIGN (BOOKS §1.6).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.kit.arrow import KIB, Arrow, Wire
from shared.kit.money import PositiveYen
from shared.wire.card_authorisations import BEING_CONFIRMED, PROVIDER

PAYMENTS_ON_A_PAGE_MAX = 500
Fault = Literal["double_authorisation", "answer_lost"]


class UndoAuthorisation(Wire):
    """Take this commission back; municipality and amount as in the question that made it."""

    municipality: str = Field(pattern=r"^\d{6}$")
    amount_yen: PositiveYen
    fault: Fault


class AuthorisationUndone(Wire):
    """Done: the card bears nothing any more, and the agent will not pay for it."""

    authorisation_id: UUID
    undone_at: datetime


class ReportedPayment(Wire):
    """One card payment that stands in the provider's books; paid_at: the payer's moment."""

    authorisation_id: UUID
    municipality: str = Field(pattern=r"^\d{6}$")
    amount_yen: PositiveYen
    paid_at: datetime


class PaymentsReported(Wire):
    """A page of the card payments of one Tokyo day, by authorisation id; an empty day has one."""

    payments: tuple[ReportedPayment, ...] = Field(max_length=PAYMENTS_ON_A_PAGE_MAX)
    is_last: bool


class PaymentsTaken(Wire):
    """The page is kept. differences: how many of that day stand open at the agent now."""

    payments: int
    differences: int


UNDO_AUTHORISATION = Arrow(
    "undo_authorisation",
    "card_agent",
    "leased_line",
    "POST",
    "/authorisations/{authorisation_id}/undoing",
    UndoAuthorisation,
    AuthorisationUndone,
    PROVIDER,
    refusals=(
        "undo_after_close",
        "authorisation_not_commissioned",
        "authorisation_id_reused",
    ),
    # A town that the agent has no contract with (any more) does not tell whether it was undone.
    unknowns=(*BEING_CONFIRMED, "municipality_unknown"),
)
REPORT_PAYMENTS = Arrow(
    "report_payments",
    "card_agent",
    "leased_line",
    "PUT",
    "/payment-lists/{day}/{revision}/{page}",
    PaymentsReported,
    PaymentsTaken,
    PROVIDER,
    refusals=("payment_list_differs", "payment_list_incomplete"),
    body_limit_bytes=256 * KIB,
)

ARROWS = (UNDO_AUTHORISATION, REPORT_PAYMENTS)
