"""Money of which a bank told us and for which we could write no receipt. Pure.

Each keeps its yen, its bank and its reason, so that a clerk can ask the bank about that payment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.lgwan_asp.domain.exceptions import ExceptionCode
from services.lgwan_asp.domain.inquiries import BillKey
from services.lgwan_asp.domain.receipts import Notification, PaidBill
from shared.kit.money import Yen

UNKNOWN_KEY = BillKey("", "", "")
"""The key of a notification whose session we do not know: it names no bill."""
MENDED_BY_A_RECEIPT = (
    ExceptionCode.NOTIFIED_WITHOUT_SESSION,
    ExceptionCode.NOTIFIED_AMOUNT_DIFFERS,
    ExceptionCode.NOTIFIED_PAID_AT_OUT_OF_RANGE,
    ExceptionCode.NOTIFIED_UNKNOWN_KEY,
)
"""Exceptions whose cause is gone once the same payment was notified rightly and has its receipt.

A receipt number that was used twice is not among them: its second payment has another number.
"""


@dataclass(frozen=True, slots=True)
class Unposted:
    """A notification without a receipt. municipality: "" where nothing says whose it would be."""

    notification: Notification
    code: ExceptionCode
    municipality: str = ""
    key: BillKey = UNKNOWN_KEY

    @property
    def subject(self) -> str:
        """Name the payment as its bank does, for a clerk: bank, day, receipt, trace number."""
        return subject_of(self.notification)


def subject_of(notification: Notification) -> str:
    """Return bank/day/receipt number/trace number.

    The trace number is in it: a receipt number that was used twice names two payments.
    """
    n = notification
    return f"{n.bank_code}/{n.paid_on.isoformat()}/{n.receipt_number}/{n.trace_number}"


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What our books say about a notification, read at one moment.

    stored: the notification whose receipt has this identity already, and that receipt's bill.
    told: the bill that the bank was told in its session, with the yen and the instant.
    complained: an exception about this very payment is open.
    """

    stored: tuple[Notification, PaidBill] | None
    told: Told | None
    complained: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What a bank was told in an inquiry session, expired or not (business time)."""

    session_id: UUID
    bill: PaidBill
    amount_yen: Yen
    opened_at: datetime
