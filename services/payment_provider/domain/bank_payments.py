"""The states of a payment from a bank account, and the moves between them."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from shared.kit.states import StateMachine

SETTLE_BANKS = "settle_bank_payments"
SESSION_LONGEST = timedelta(hours=1)
"""Business time that a payer may take at the bank at most, whatever the bank grants."""


class BankPaymentState(StrEnum):
    """A payment from a bank account: the payer decides at the bank, then the bank is asked."""

    ASKING = "ASKING"
    AT_BANK = "AT_BANK"
    DEBITED = "DEBITED"
    DECLINED = "DECLINED"
    BANK_RESULT_UNKNOWN = "BANK_RESULT_UNKNOWN"
    ABANDONED = "ABANDONED"
    UNDONE = "UNDONE"


# Opening a session takes nothing, so ASKING never leads to DEBITED or DECLINED: whoever missed the
# bank's answer records that first, and then makes the bank answer or close.
BANK_PAYMENTS = StateMachine(
    initial=BankPaymentState.ASKING,
    events={
        (BankPaymentState.ASKING, BankPaymentState.AT_BANK): "bank_session_opened",
        (BankPaymentState.ASKING, BankPaymentState.BANK_RESULT_UNKNOWN): "answer_missed",
        (BankPaymentState.ASKING, BankPaymentState.ABANDONED): "payment_abandoned",
        (BankPaymentState.AT_BANK, BankPaymentState.DEBITED): "account_debited",
        (BankPaymentState.AT_BANK, BankPaymentState.DECLINED): "debit_declined",
        (BankPaymentState.AT_BANK, BankPaymentState.BANK_RESULT_UNKNOWN): "answer_missed",
        (BankPaymentState.AT_BANK, BankPaymentState.ABANDONED): "payment_abandoned",
        (BankPaymentState.BANK_RESULT_UNKNOWN, BankPaymentState.DEBITED): "account_debited",
        (BankPaymentState.BANK_RESULT_UNKNOWN, BankPaymentState.DECLINED): "debit_declined",
        (BankPaymentState.BANK_RESULT_UNKNOWN, BankPaymentState.ABANDONED): "payment_abandoned",
        (BankPaymentState.DEBITED, BankPaymentState.UNDONE): "payment_undone",
    },
    waiting={
        BankPaymentState.ASKING: SETTLE_BANKS,
        BankPaymentState.AT_BANK: SETTLE_BANKS,
        BankPaymentState.BANK_RESULT_UNKNOWN: SETTLE_BANKS,
    },
)
