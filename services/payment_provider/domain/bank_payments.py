"""The states of a payment from a bank account, and the moves between them."""

from __future__ import annotations

from enum import StrEnum

from shared.kit.states import StateMachine

SETTLE_BANKS = "settle_bank_payments"


class BankPaymentState(StrEnum):
    """A payment from a bank account: the same course with the payer's bank."""

    ASKING = "ASKING"
    DEBITED = "DEBITED"
    DECLINED = "DECLINED"
    BANK_RESULT_UNKNOWN = "BANK_RESULT_UNKNOWN"
    ABANDONED = "ABANDONED"
    UNDONE = "UNDONE"


BANK_PAYMENTS = StateMachine(
    initial=BankPaymentState.ASKING,
    events={
        (BankPaymentState.ASKING, BankPaymentState.DEBITED): "account_debited",
        (BankPaymentState.ASKING, BankPaymentState.DECLINED): "debit_declined",
        (BankPaymentState.ASKING, BankPaymentState.BANK_RESULT_UNKNOWN): "answer_missed",
        (BankPaymentState.ASKING, BankPaymentState.ABANDONED): "payment_abandoned",
        (BankPaymentState.BANK_RESULT_UNKNOWN, BankPaymentState.DEBITED): "account_debited",
        (BankPaymentState.BANK_RESULT_UNKNOWN, BankPaymentState.DECLINED): "debit_declined",
        (BankPaymentState.BANK_RESULT_UNKNOWN, BankPaymentState.ABANDONED): "payment_abandoned",
        (BankPaymentState.DEBITED, BankPaymentState.UNDONE): "payment_undone",
    },
    waiting={
        BankPaymentState.ASKING: SETTLE_BANKS,
        BankPaymentState.BANK_RESULT_UNKNOWN: SETTLE_BANKS,
    },
)
