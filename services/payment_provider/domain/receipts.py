"""Receipts (収納): one for each accepted payment, and when each is reported, confirmed and paid
over.

Knows dates and states; how a file writes them down is known by the use case that builds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.payment_provider.domain.contracts import Contract
from services.payment_provider.domain.refusals import BankDaysUnknown
from shared.keys.channels import Channel
from shared.kit.calendar import BusinessCalendar, OutsideCalendar
from shared.kit.money import Yen
from shared.kit.states import StateMachine

BUILD_FILES = "build_receipts_files"
FIRST_CLOSE_DAY, SECOND_CLOSE_DAY = 10, 20
SETTLED_WITHIN = timedelta(days=7)
"""How long after its opening a payment may still be accepted: a silent peer is asked that long."""


class ReceiptState(StrEnum):
    """TAKEN; REPORTED by a 速報 (01); CONFIRMED by a 確報 (02), which is never taken back.

    CANCELLED by a 速報取消 (03), after its 01: its payment was undone (BOOKS §1.6).
    """

    TAKEN = "TAKEN"
    REPORTED = "REPORTED"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


RECEIPTS = StateMachine(
    initial=ReceiptState.TAKEN,
    events={
        (ReceiptState.TAKEN, ReceiptState.REPORTED): "receipt_reported",
        (ReceiptState.REPORTED, ReceiptState.CONFIRMED): "receipt_confirmed",
        (ReceiptState.REPORTED, ReceiptState.CANCELLED): "cancellation_reported",
    },
    waiting={ReceiptState.TAKEN: BUILD_FILES, ReceiptState.REPORTED: BUILD_FILES},
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money taken for a slip; shop_number runs from 1 within the slip (DOMAIN §3.4).

    undo_id: the undo that asks now, or that took it back; undone_at: since when it is taken back.
    """

    id: UUID
    payment_id: UUID
    municipality: str
    channel: Channel
    barcode: str
    amount_yen: Yen
    paid_at: datetime
    shop_number: int
    confirm_on: date
    transfer_date: date
    state: ReceiptState = ReceiptState.TAKEN
    version: int = 0
    undo_id: UUID | None = None
    undone_at: datetime | None = None

    @property
    def is_taken_back(self) -> bool:
        """Say whether a 03 must be written, after the 01."""
        return self.undone_at is not None

    def is_to_be_confirmed(self, today: date) -> bool:
        """Say whether its 確報 is due: not while an undo asks, and never once it is taken back."""
        return self.confirm_on <= today and self.undo_id is None and self.undone_at is None


def closing_date(day: date) -> date:
    """Return the cut-off of a payment's group: the 10th, the 20th or the month's last day (BOOKS
    §2.1).
    """
    if day.day <= FIRST_CLOSE_DAY:
        return day.replace(day=FIRST_CLOSE_DAY)
    if day.day <= SECOND_CLOSE_DAY:
        return day.replace(day=SECOND_CLOSE_DAY)
    return month_end(day)


def month_end(day: date) -> date:
    """Return the last calendar day of a day's month."""
    first_of_next = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return date.fromordinal(first_of_next.toordinal() - 1)


def banking_transfer_date(
    paid_on: date, today: date, calendar: BusinessCalendar, business_days: int
) -> date:
    """Return when the provider pays an app-banking payment over: some business days after its
    cut-off.

    A payment that is settled only after its group was paid over goes with the group of today: a
    transfer that was ordered is never changed.
    """
    due = calendar.add(closing_date(paid_on), business_days)
    if due > today:
        return due
    return calendar.add(closing_date(today), business_days)


def demand_days_known(
    channel: Channel, today: date, calendar: BusinessCalendar, contract: Contract
) -> None:
    """Raise BankDaysUnknown unless every date of a receipt will be in the calendar.

    Asked before any peer: what it accepts must be possible to write down, even if it is settled
    some days later. When a card payment is paid over is the card agent's to know.
    """
    latest = today + SETTLED_WITHIN
    try:
        calendar.add(latest, contract.confirm_business_days)
        if channel is Channel.MOBILE_BANKING:
            banking_transfer_date(latest, latest, calendar, contract.transfer_business_days)
    except OutsideCalendar as outside:
        raise BankDaysUnknown from outside
