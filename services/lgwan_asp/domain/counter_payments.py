"""Money taken at a bank's counter and told in bulk (一括): which result each payment gets.

Pure. There was no inquiry: the window read the slip's OCR lines (DOMAIN §2.3), so nothing of what
became of the bill since (paid, deleted, another amount) can stop money that has been taken.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.lgwan_asp.domain.exceptions import ExceptionCode
from services.lgwan_asp.domain.inquiries import BillKey
from services.lgwan_asp.domain.receipts import PAID_AT_TOLERANCE, Notification, PaidBill

OLDEST = timedelta(days=366)
"""How old a payment may be when its counter tells of it; an older time is a bank's mistake."""


class CounterCode(StrEnum):
    """Results of one payment of a batch (DOMAIN §2.9; 62 is our own)."""

    OK = "00"
    NO_SUCH_KEY = "10"
    WRONG_CONFIRMATION_NUMBER = "11"
    BANK_NOT_APPOINTED = "13"
    RECEIPT_NUMBER_REUSED = "50"
    PAID_AT_OUT_OF_RANGE = "62"


EXCEPTION_OF = {
    CounterCode.NO_SUCH_KEY: ExceptionCode.NOTIFIED_UNKNOWN_KEY,
    CounterCode.WRONG_CONFIRMATION_NUMBER: ExceptionCode.NOTIFIED_UNKNOWN_KEY,
    CounterCode.BANK_NOT_APPOINTED: ExceptionCode.NOTIFIED_BY_UNAPPOINTED_BANK,
    CounterCode.RECEIPT_NUMBER_REUSED: ExceptionCode.NOTIFIED_RECEIPT_NUMBER_REUSED,
    CounterCode.PAID_AT_OUT_OF_RANGE: ExceptionCode.NOTIFIED_PAID_AT_OUT_OF_RANGE,
}


@dataclass(frozen=True, slots=True)
class CounterPayment:
    """One payment of a batch: what the window read, and what it took (session_id is "")."""

    key: BillKey
    confirmation_number: str
    notification: Notification

    @property
    def identity(self) -> tuple[str, date]:
        """Return what makes it one payment of its bank: receipt number and day of payment."""
        return self.notification.receipt_number, self.notification.paid_on


@dataclass(frozen=True, slots=True)
class CounterBill:
    """A bill that stands behind a key, deleted or not, and its right confirmation number."""

    bill: PaidBill
    confirmation_number: str


def result_of(
    payment: CounterPayment,
    bill: CounterBill | None,
    *,
    appointed_banks: Collection[str] | None,
    now: datetime,
) -> CounterCode:
    """Decide about a payment that has no receipt yet; only OK makes one.

    appointed_banks: those of the institution's municipality; None if we serve no such institution.
    The order: whose key, whose bank, which bill, right number, possible time.
    """
    if appointed_banks is None:
        return CounterCode.NO_SUCH_KEY
    if payment.notification.bank_code not in appointed_banks:
        return CounterCode.BANK_NOT_APPOINTED
    if bill is None:
        return CounterCode.NO_SUCH_KEY
    given, right = payment.confirmation_number, bill.confirmation_number
    if not hmac.compare_digest(given.encode(), right.encode()):
        return CounterCode.WRONG_CONFIRMATION_NUMBER
    if not now - OLDEST <= payment.notification.paid_at <= now + PAID_AT_TOLERANCE:
        return CounterCode.PAID_AT_OUT_OF_RANGE
    return CounterCode.OK


def result_of_repeat(payment: CounterPayment, stored: Notification, bill: PaidBill) -> CounterCode:
    """Decide about a payment that has a receipt: the same words are OK (DESIGN rule 6)."""
    same = stored == payment.notification and bill.key == payment.key
    return CounterCode.OK if same else CounterCode.RECEIPT_NUMBER_REUSED
