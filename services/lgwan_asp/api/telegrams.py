"""The MPN door's three telegrams: parse, call, show. Every result code travels in a 200 answer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import cast

from services.lgwan_asp.api.access import BankDep, Res, demand_own_bank
from services.lgwan_asp.domain.inquiries import BillKey
from services.lgwan_asp.domain.receipts import Notification
from services.lgwan_asp.domain.refusals import PaidAtOutOfRange
from services.lgwan_asp.resources import Resources
from services.lgwan_asp.usecases.cancel_receipt import cancel_receipt
from services.lgwan_asp.usecases.inquire import Answered, Inquiry, inquire
from services.lgwan_asp.usecases.notify import notify
from services.lgwan_asp.usecases.plan_outage import is_down
from shared.kit.clock import tokyo_date
from shared.wire.payeasy import (
    CancellationCode,
    CancellationResult,
    CancelReceipt,
    Inquire,
    InquiryAnswer,
    InquiryCode,
    NotificationCode,
    NotificationResult,
    Notify,
)


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
        telegrams=res.telegrams,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
        limits=res.guess_limits,
        slow_lane=res.slow_lane,
    )
    return _answer(answered)


def _answer(answered: Answered) -> InquiryAnswer:
    bill, session = answered.bill, answered.session
    result = cast("InquiryCode", answered.code.value)  # the contract's own check follows
    if bill is None or session is None:
        return InquiryAnswer(result=result)
    return InquiryAnswer(
        result=result,
        amount_yen=session.amount_yen,
        principal_yen=session.principal_yen,
        late_charge_yen=session.late_charge_yen,
        fee_yen=bill.fee_yen,
        due_date=bill.due_date,
        limit_date=bill.limit_date,
        payer_name_kana=bill.payer_name_kana,
        description_kana=bill.description_kana,
        session_id=str(session.id),
        valid_until=session.valid_until,
    )


async def post_notification(body: Notify, bank: BankDep, res: Res) -> NotificationResult:
    """収納通知: the bank has taken the money; taken down at any hour unless we fail."""
    demand_own_bank(body.bank_code, bank)
    if await fails(res):
        return NotificationResult(result="90")
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
    code = await notify(
        notification,
        telegrams=res.telegrams,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
    )
    return NotificationResult(result=cast("NotificationCode", code.value))


def day_of_payment(paid_at: datetime) -> date:
    """Return the Tokyo day of an instant that every calendar here can hold, or refuse it."""
    try:
        return tokyo_date(paid_at.astimezone(UTC))
    except OverflowError as error:
        raise PaidAtOutOfRange from error


async def post_cancellation(body: CancelReceipt, bank: BankDep, res: Res) -> CancellationResult:
    """取消: the bank undoes its own receipt of the same day."""
    demand_own_bank(body.bank_code, bank)
    if await fails(res):
        return CancellationResult(result="90")
    code = await cancel_receipt(
        bank_code=bank,
        receipt_number=body.receipt_number,
        paid_on=body.paid_on,
        reason=body.reason,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
    )
    return CancellationResult(result=cast("CancellationCode", code.value))


async def fails(res: Resources) -> bool:
    """Say whether the centre was told to fail, which it can be in sandbox mode only."""
    return res.foundation.sandbox and await is_down(
        open_unit_of_work=res.open_unit_of_work, clock=res.clock
    )
