"""A Pay-easy receipt (収納) as the centre keeps it: its states and its dates.

Pure; that a key may be paid twice is a fact here, and an overpayment only at the ward.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.lgwan_asp.domain.inquiries import BillKey
from shared.kit.calendar import BusinessCalendar
from shared.kit.money import Yen
from shared.kit.states import StateMachine

PAID_AT_TOLERANCE = timedelta(days=1)
"""How far a bank's clock may be off before its time of payment is refused."""


class ReceiptState(StrEnum):
    """TAKEN: a bank notified it; REPORTED: in a 01; CONFIRMED: in a 02; CANCELLED: by its bank."""

    TAKEN = "TAKEN"
    REPORTED = "REPORTED"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    CANCELLATION_REPORTED = "CANCELLATION_REPORTED"


_S = ReceiptState
RECEIPT_STATES = StateMachine(
    _S.TAKEN,
    {
        (_S.TAKEN, _S.REPORTED): "preliminary_reported",
        (_S.REPORTED, _S.CONFIRMED): "confirmed_reported",
        (_S.TAKEN, _S.CANCELLED): "bank_cancelled",
        (_S.REPORTED, _S.CANCELLED): "bank_cancelled",
        (_S.CANCELLED, _S.CANCELLATION_REPORTED): "cancellation_reported",
    },
    waiting={
        _S.TAKEN: "build_preliminary_file",
        _S.REPORTED: "build_confirmed_file",
        _S.CANCELLED: "build_preliminary_file",
    },
)
DEAD_STATES = frozenset({_S.CANCELLED, _S.CANCELLATION_REPORTED})


@dataclass(frozen=True, slots=True)
class Notification:
    """What a bank said that it has taken; paid_on is the Tokyo day of paid_at."""

    session_id: str
    bank_code: str
    branch_code: str
    trace_number: str
    receipt_number: str
    amount_yen: Yen
    paid_at: datetime
    paid_on: date
    medium: str


@dataclass(frozen=True, slots=True)
class PaidBill:
    """What a receipt keeps of the bill: from the session, or from the slip that a counter read."""

    municipality: str
    key: BillKey
    notice_number: str
    levy_year: int
    instalment: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """One payment at one bank; (bank_code, receipt_number, paid_on) is its identity."""

    id: UUID
    municipality: str
    key: BillKey
    notice_number: str
    levy_year: int
    instalment: int
    notification: Notification
    taken_at: datetime
    state: ReceiptState = ReceiptState.TAKEN
    version: int = 0
    cancel_reason: int | None = None
    preliminary_file_id: UUID | None = None

    @property
    def sort_key(self) -> tuple[datetime, str, str, str]:
        """Order by business time, then by the receipt's identity (DESIGN rule 9)."""
        n = self.notification
        return n.paid_at, self.key.payment_number, n.bank_code, n.receipt_number


def receipt_of(
    receipt_id: UUID, bill: PaidBill, notification: Notification, taken_at: datetime
) -> Receipt:
    """Make the receipt of a notification."""
    return Receipt(
        id=receipt_id,
        municipality=bill.municipality,
        key=bill.key,
        notice_number=bill.notice_number,
        levy_year=bill.levy_year,
        instalment=bill.instalment,
        notification=notification,
        taken_at=taken_at,
    )


def booking_day(calendar: BusinessCalendar, paid_on: date) -> date:
    """Return the 勘定日: the day of payment, or the next business day after a closed one."""
    return calendar.on_or_after(paid_on)


def pay_in_day(calendar: BusinessCalendar, paid_on: date, payin_business_days: int) -> date:
    """Return the 払込予定日: some business days after the 勘定日 (contract; DOMAIN §2.3: 2-3)."""
    return calendar.add(booking_day(calendar, paid_on), payin_business_days)


def may_be_confirmed(calendar: BusinessCalendar, paid_on: date, today: date) -> bool:
    """Say whether the banks' day of a receipt is over, so that nobody can cancel it any more."""
    return booking_day(calendar, paid_on) < today


def may_be_cancelled(receipt: Receipt, today: date) -> bool:
    """Say whether its bank may still undo it: on the day itself, before it was confirmed."""
    open_states = (ReceiptState.TAKEN, ReceiptState.REPORTED)
    return receipt.state in open_states and receipt.notification.paid_on == today


def is_cancelled_already(receipt: Receipt, reason: int) -> bool:
    """Say whether a cancellation is a repeat of the one that was done."""
    return receipt.state in DEAD_STATES and receipt.cancel_reason == reason


def paid_at_is_possible(paid_at: datetime, opened_at: datetime, now: datetime) -> bool:
    """Say whether a time of payment fits its inquiry and the clock, within a tolerance."""
    return opened_at - PAID_AT_TOLERANCE <= paid_at <= now + PAID_AT_TOLERANCE
