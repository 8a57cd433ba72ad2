"""What a clerk must look at: the codes, how an exception stands, and findings that open one.

An exception names its subject by an id that we made or by business dates, never by personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.kit.money import Yen
from shared.kit.states import StateMachine


class ExceptionCode(StrEnum):
    """Every reason why the ward's books ask for a person. The words are stable."""

    FILE_REFUSED = "file_refused"
    FILE_SEQUENCE_GAP = "file_sequence_gap"
    BILLING_FILE_REFUSED = "billing_file_refused"
    SLIP_REFUSED = "slip_refused"
    CONFIRMED_WITHOUT_PRELIMINARY = "confirmed_without_preliminary"
    CONFIRMED_AFTER_CANCELLED = "confirmed_after_cancelled"
    PRELIMINARY_CANCELLED = "preliminary_cancelled"
    CANCELLATION_UNMATCHED = "cancellation_unmatched"
    RECEIPT_AMOUNT_DIFFERS = "receipt_amount_differs"
    TRANSFER_DATE_DIFFERS = "transfer_date_differs"
    RECEIPT_UNMATCHED = "receipt_unmatched"
    DOUBLE_PAYMENT = "double_payment"
    OVER_ASSESSED = "over_assessed"
    SLIP_ISSUES_USED_UP = "slip_issues_used_up"
    SLIP_LIMIT_PASSED = "slip_limit_passed"
    DEPOSIT_EXCESS = "deposit_excess"
    DEPOSIT_UNIDENTIFIED = "deposit_unidentified"
    DEPOSIT_REFERENCE_REUSED = "deposit_reference_reused"
    REVERSAL_UNMATCHED = "reversal_unmatched"
    FUNDS_LATE = "funds_late"
    PRELIMINARY_WITHOUT_CONFIRMED = "preliminary_without_confirmed"
    COMMISSION_WITHOUT_RECEIPT = "commission_without_receipt"
    RECEIPT_WITHOUT_COMMISSION = "receipt_without_commission"
    TRUSTEE_IN_DEFAULT = "trustee_in_default"
    PROXY_NOT_PAID = "proxy_not_paid"
    PAY_IN_STATEMENT_MISSING = "pay_in_statement_missing"
    PAY_IN_STATEMENT_DIFFERS = "pay_in_statement_differs"
    FEE_BILL_DIFFERS = "fee_bill_differs"
    PAY_IN_STATEMENT_REUSED = "pay_in_statement_reused"
    BILLING_RECORD_REFUSED = "billing_record_refused"
    BILLING_RESULT_UNMATCHED = "billing_result_unmatched"
    PAPER_NOTICE_REUSED = "paper_notice_reused"
    UPLOAD_WAITS_FOR_RELEASE = "upload_waits_for_release"
    DELIVERY_NOT_MADE = "delivery_not_made"
    DELIVERY_OVERDUE = "delivery_overdue"
    DEBIT_RESULT_UNMATCHED = "debit_result_unmatched"


class ExceptionState(StrEnum):
    """OPEN until its cause is gone."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"


EXCEPTION_MOVES = StateMachine(
    ExceptionState.OPEN,
    {(ExceptionState.OPEN, ExceptionState.RESOLVED): "cause_gone"},
    waiting={ExceptionState.OPEN: "reconcile"},
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause for an exception, as the books show it now."""

    code: str
    subject: str
    subject_id: str
    amount_yen: Yen
    detail: str


@dataclass(frozen=True, slots=True)
class OpenException:
    """An exception as it is stored, open or resolved."""

    id: UUID
    code: str
    state: ExceptionState
    subject: str
    subject_id: str
    amount_yen: Yen
    detail: str
    opened_at: datetime
