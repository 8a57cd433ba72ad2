"""The MPN door's batch of counter payments: parse, call, show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from services.lgwan_asp.api.access import BankDep, Res, demand_own_bank
from services.lgwan_asp.api.telegrams import day_of_payment, fails
from services.lgwan_asp.domain.counter_payments import CounterPayment
from services.lgwan_asp.domain.inquiries import BillKey
from services.lgwan_asp.domain.receipts import Notification
from services.lgwan_asp.usecases.notify_in_bulk import notify_in_bulk
from shared.wire.payeasy_bulk import (
    BulkResult,
    BulkResults,
    CounterPaymentTold,
    NotifyInBulk,
    PaymentResult,
)


async def post_notification_batch(body: NotifyInBulk, bank: BankDep, res: Res) -> BulkResults:
    """一括: the bank's counters have taken this money."""
    demand_own_bank(body.bank_code, bank)
    if await fails(res):
        return _results(body, ["90"] * len(body.notifications))
    codes = await notify_in_bulk(
        bank,
        [payment_of(told, bank) for told in body.notifications],
        contracts=res.contracts,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
    )
    return _results(body, [code.value for code in codes])


def _results(body: NotifyInBulk, codes: Sequence[str]) -> BulkResults:
    return BulkResults(
        results=tuple(
            PaymentResult(receipt_number=told.receipt_number, result=cast("BulkResult", code))
            for told, code in zip(body.notifications, codes, strict=True)
        )
    )


def payment_of(told: CounterPaymentTold, bank: str) -> CounterPayment:
    """Return a payment of a batch as the use case takes it."""
    notification = Notification(
        session_id="",
        bank_code=bank,
        branch_code=told.branch_code,
        trace_number=told.trace_number,
        receipt_number=told.receipt_number,
        amount_yen=told.amount_yen,
        paid_at=told.paid_at,
        paid_on=day_of_payment(told.paid_at),
        medium=told.medium,
    )
    key = BillKey(told.institution_number, told.payment_number, told.category)
    return CounterPayment(key, told.confirmation_number, notification)
