"""What a clerk of the centre must look at; a row with a code, closed when its cause is gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.kit.states import StateMachine


class ExceptionState(StrEnum):
    """OPEN until the cause is gone."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"


EXCEPTION_STATES = StateMachine(
    ExceptionState.OPEN, {(ExceptionState.OPEN, ExceptionState.RESOLVED): "cause_is_gone"}
)


class ExceptionCode(StrEnum):
    """Codes of the centre's exceptions."""

    BILLING_FILE_MISSING = "billing_file_missing"
    """A file waits because one before it has not come."""
    NOTIFIED_WITHOUT_SESSION = "notified_without_session"
    """A bank says that it took money for an inquiry that we do not know (answered 60)."""
    NOTIFIED_AMOUNT_DIFFERS = "notified_amount_differs"
    """A bank says that it took another amount than it was told (answered 50)."""
    NOTIFIED_RECEIPT_NUMBER_REUSED = "notified_receipt_number_reused"
    """A bank names a receipt number of that day again for another payment (refused)."""
    NOTIFIED_PAID_AT_OUT_OF_RANGE = "notified_paid_at_out_of_range"
    """A bank says that it took money at a time that cannot be (refused)."""
    NOTIFIED_UNKNOWN_KEY = "notified_unknown_key"
    """A bank took money at its counter for a key that is none of ours, or that it misread."""
    NOTIFIED_BY_UNAPPOINTED_BANK = "notified_by_unappointed_bank"
    """A bank that this municipality did not appoint took money at its counter (answered 13)."""
    KEY_LOCKED = "key_locked"
    """A bank gave so many wrong numbers for one key that it is locked until the next service day;
    the subject is bank, day and how many of its keys were locked by then, and names no key."""
    BANK_WRONG_NUMBERS_HIGH = "bank_wrong_numbers_high"
    """Too large a share of a bank's inquiries was wrong: it is slowed down until the next day."""
    LATE_CHARGE_RATE_MISSING = "late_charge_rate_missing"
    """The contract's table has no rate for a day that is charged; such inquiries end 90."""
    BANK_TOTALS_DIFFER = "bank_totals_differ"
    """A bank's total of a day is not what we hold: nothing of that day is confirmed meanwhile;
    the subject is bank, institution and day."""


@dataclass(frozen=True, slots=True)
class OpenException:
    """An exception that is open; the subject is whatever its code says."""

    id: UUID
    municipality: str
    code: str
    subject_id: str
    opened_at: datetime
