"""operator -> payment_provider and card_agent: where their two books differ, and what is done.

Each side lists and resolves its own differences; a resolution names the document that decided it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.kit.arrow import Arrow, NoBody, Wire
from shared.kit.money import Yen
from shared.wire.card_authorisations import BEING_CONFIRMED
from shared.wire.card_undoing import Fault

OPERATOR = ("operator",)
Way = Literal["undo", "book", "cancel", "explained"]


class DifferenceView(Wire):
    """A card payment on which the two books do not agree.

    our_yen is the answering side's amount, their_yen the other's; None: that side has none. way
    and document_number are None while it is open, and if it was gone by itself.
    """

    difference_id: UUID
    authorisation_id: UUID
    kind: Literal["missing_here", "missing_there", "amount_differs", "municipality_differs"]
    state: Literal["open", "resolved"]
    day: date
    municipality: str
    our_yen: Yen | None
    their_yen: Yen | None
    found_at: datetime
    way: Way | None
    document_number: str | None
    resolved_at: datetime | None


class DifferencesListed(Wire):
    """A page of differences by id (query: state, after); next_after is None at the end."""

    differences: tuple[DifferenceView, ...]
    next_after: UUID | None


class ResolveDifference(Wire):
    """What is to be done, and the number of the paper that says so.

    undo: take a commission without a payment back. book: make it a payment after all, once the
    agent's close has passed. cancel: take a receipt without a commission back. explained: nothing.
    """

    way: Way
    document_number: str = Field(pattern=r"^[0-9A-Za-z-]{1,32}$")


class UndoPayment(Wire):
    """Undo an accepted payment because of a fault of the provider or its peer."""

    fault: Fault


class PaymentUndoing(Wire):
    """undone; undoing: the peer has not answered, a job asks again; refused, with its code."""

    payment_id: UUID
    state: Literal["undone", "undoing", "refused"]
    reason: str | None


_RESOLVING = ("difference_not_found", "difference_resolved", "way_not_possible", "undo_after_close")


class DifferenceArrows:
    """The two questions at one operator door."""

    def __init__(
        self, callee: str, unknowns: tuple[str, ...], refusals: tuple[str, ...] = ()
    ) -> None:
        """unknowns: how a silent third party is told; refusals: those that only this side has."""
        self.list_differences = Arrow(
            f"{callee}_list_differences",
            callee,
            "operator",
            "GET",
            "/differences",
            NoBody,
            DifferencesListed,
            OPERATOR,
        )
        self.resolve_difference = Arrow(
            f"{callee}_resolve_difference",
            callee,
            "operator",
            "POST",
            "/differences/{difference_id}/resolution",
            ResolveDifference,
            DifferenceView,
            OPERATOR,
            refusals=(*_RESOLVING, *refusals),
            unknowns=unknowns,
        )
        self.all = (self.list_differences, self.resolve_difference)


AT_PROVIDER = DifferenceArrows(
    "payment_provider", ("card_agent_silent",), ("slip_already_paid", "receipt_confirmed")
)
AT_CARD_AGENT = DifferenceArrows("card_agent", BEING_CONFIRMED)
UNDO_PAYMENT = Arrow(
    "undo_payment",
    "payment_provider",
    "operator",
    "POST",
    "/payments/{payment_id}/undoing",
    UndoPayment,
    PaymentUndoing,
    OPERATOR,
    refusals=(
        "payment_not_found",
        "payment_not_accepted",
        "receipt_confirmed",
        "undo_not_offered",
    ),
)

ARROWS = (*AT_PROVIDER.all, *AT_CARD_AGENT.all, UNDO_PAYMENT)
