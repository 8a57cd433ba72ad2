"""The MPN door's three telegrams: parse, call, show. Every result code travels in a 200 answer."""

from __future__ import annotations

from datetime import UTC, date, datetime

from services.lgwan_asp.api.access import BankDep, Res, demand_own_bank
from services.lgwan_asp.domain.inquiries import BillKey
from services.lgwan_asp.domain.receipts import Notification
from services.lgwan_asp.domain.refusals import PaidAtOutOfRange
from services.lgwan_asp.usecases.cancel_receipt import cancel_receipt
from services.lgwan_asp.usecases.inquire import Answered, Inquiry, inquire
from services.lgwan_asp.usecases.notify import notify
from shared.kit.clock import tokyo_date
from shared.wire.payeasy import CancelReceipt, Inquire, InquiryAnswer, Notify, TelegramResult


async def post_inquiry(body: Inquire, bank: BankDep, res: Res) -> InquiryAnswer:
    """照会: what does this key stand for."""
    demand_own_bank(body.bank_code, bank)
    inquiry = Inquiry(
        key=BillKey(body.institution_number, body.payment_number, body.category),
        confirmation_number=body.confirmation_number,
        bank_code=bank,
        branch_code=body.branch_code,
        medium=body.medium,
        trace_number=body.trace_number,
    )
    answered = await inquire(
        inquiry,
        contracts=res.contracts,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
        wrong_numbers_max=res.wrong_numbers_max,
    )
    return _answer(answered)


def _answer(answered: Answered) -> InquiryAnswer:
    bill, session = answered.bill, answered.session
    if bill is None or session is None:
        return InquiryAnswer(result=answered.code.value)
    return InquiryAnswer(
        result=answered.code.value,
        amount_yen=bill.amount_yen,
        principal_yen=bill.principal_yen,
        late_charge_yen=bill.late_charge_yen,
        fee_yen=bill.fee_yen,
        due_date=bill.due_date,
        limit_date=bill.limit_date,
        payer_name_kana=bill.payer_name_kana,
        description_kana=bill.description_kana,
        session_id=str(session.id),
        valid_until=session.valid_until,
    )


async def post_notification(body: Notify, bank: BankDep, res: Res) -> TelegramResult:
    """収納通知: the bank has taken the money."""
    demand_own_bank(body.bank_code, bank)
    notification = Notification(
        session_id=body.session_id,
        bank_code=bank,
        branch_code=body.branch_code,
        trace_number=body.trace_number,
        receipt_number=body.receipt_number,
        amount_yen=body.amount_yen,
        paid_at=body.paid_at,
        paid_on=day_of_payment(body.paid_at),
        medium=body.medium,
    )
    code = await notify(notification, open_unit_of_work=res.open_unit_of_work, clock=res.clock)
    return TelegramResult(result=code.value)


def day_of_payment(paid_at: datetime) -> date:
    """Return the Tokyo day of an instant that every calendar here can hold, or refuse it."""
    try:
        return tokyo_date(paid_at.astimezone(UTC))
    except OverflowError as error:
        raise PaidAtOutOfRange from error


async def post_cancellation(body: CancelReceipt, bank: BankDep, res: Res) -> TelegramResult:
    """取消: the bank undoes its own receipt of the same day."""
    demand_own_bank(body.bank_code, bank)
    code = await cancel_receipt(
        bank_code=bank,
        receipt_number=body.receipt_number,
        paid_on=body.paid_on,
        reason=body.reason,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
    )
    return TelegramResult(result=code.value)
