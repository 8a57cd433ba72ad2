"""Tell how a payment stands. Asks nobody; the settlement jobs do."""

from __future__ import annotations

from uuid import UUID

from services.payment_provider.domain.payments import Payment
from services.payment_provider.domain.refusals import PaymentNotFound
from services.payment_provider.usecases.books import Books


async def read_payment(payment_id: UUID, books: Books) -> Payment:
    """Return a payment by the id that its payer's app made; refuses PaymentNotFound."""
    async with books.open_unit_of_work() as work:
        payment = await work.payments.find(payment_id)
    if payment is None:
        raise PaymentNotFound
    return payment
