"""The operator undoes a payment for a fault of the provider or its peer."""

from __future__ import annotations

from uuid import UUID

from services.payment_provider.api.access import Res
from services.payment_provider.domain.undos import Fault, UndoState
from services.payment_provider.usecases.undo_payment import undo_payment
from shared.wire.differences import PaymentUndoing, UndoPayment

_STATES = {
    UndoState.ASKING: "undoing",
    UndoState.UNDONE: "undone",
    UndoState.REFUSED: "refused",
}


async def post_undoing(payment_id: UUID, body: UndoPayment, res: Res) -> PaymentUndoing:
    """Answer UNDO_PAYMENT."""
    undo = await undo_payment(payment_id, Fault(body.fault), res.books, res.undoers)
    return PaymentUndoing.model_validate(
        {"payment_id": payment_id, "state": _STATES[undo.state], "reason": undo.refusal}
    )
