"""The payers' door: read a slip, pay it, come back from the bank, ask how a payment stands.

Parse, call, show.
"""

from __future__ import annotations

from uuid import UUID

from services.payment_provider.api.access import Res
from services.payment_provider.domain.payments import Payment
from services.payment_provider.domain.undos import UNDONE_STATES
from services.payment_provider.usecases.pay_by_bank import pay_by_bank
from services.payment_provider.usecases.pay_by_card import pay_by_card
from services.payment_provider.usecases.quote_slip import quote_slip
from services.payment_provider.usecases.read_payment import read_payment
from services.payment_provider.usecases.return_from_bank import return_from_bank
from shared.wire.mobile_payments import (
    Fees,
    PayByBank,
    PayByCard,
    PaymentView,
    ReadSlip,
    SlipRead,
)


async def post_slip_reading(body: ReadSlip, res: Res) -> SlipRead:
    """Answer READ_SLIP."""
    quote = await quote_slip(body.barcode, res.books)
    return SlipRead(
        municipality=quote.slip.municipality,
        amount_yen=quote.slip.barcode.amount_yen,
        instalment=quote.slip.instalment,
        lump_sum=quote.slip.is_lump_sum,
        limit_date=quote.slip.barcode.limit_date,
        fees_yen=Fees.model_validate({c.value: fee for c, fee in quote.fees_yen.items()}),
        payable=quote.reason is None,
        reason=quote.reason,
    )


async def post_credit_payment(body: PayByCard, res: Res) -> PaymentView:
    """Answer PAY_BY_CARD; refuses Overloaded, with nothing recorded."""
    async with res.card_payments.place():
        payment = await pay_by_card(
            body, res.books, card_agent=res.card_agent, patience=res.patience
        )
    return _view(payment)


async def post_banking_payment(body: PayByBank, res: Res) -> PaymentView:
    """Answer PAY_BY_BANK."""
    payment = await pay_by_bank(body, res.books, payers_bank=res.payers_bank, patience=res.patience)
    return _view(payment)


async def post_return(payment_id: UUID, res: Res) -> PaymentView:
    """Answer RETURN_FROM_BANK."""
    payment = await return_from_bank(
        payment_id, res.books, payers_bank=res.payers_bank, patience=res.patience
    )
    return _view(payment)


async def get_payment(payment_id: UUID, res: Res) -> PaymentView:
    """Answer READ_PAYMENT."""
    return _view(await read_payment(payment_id, res.books))


def _view(payment: Payment) -> PaymentView:
    """Show a payment to its payer; what the inside calls unknown is being confirmed to them."""
    course = payment.course
    states = {
        course.accepted: "accepted",
        course.declined: "declined",
        course.abandoned: "abandoned",
        UNDONE_STATES[payment.channel]: "undone",
    }
    if course.at_bank is not None:
        states[course.at_bank] = "at_bank"
    session = payment.bank_session
    return PaymentView.model_validate(
        {
            "payment_id": payment.id,
            "channel": payment.channel.value,
            "state": states.get(payment.state, "being_confirmed"),
            "reason": payment.reason,
            "amount_yen": payment.amount_yen,
            "fee_yen": payment.fee_yen,
            "paid_at": payment.paid_at,
            "bank_session": session and {"session": session.session, "until": session.until},
        }
    )
