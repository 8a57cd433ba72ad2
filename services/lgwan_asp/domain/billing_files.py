"""A ward's upload 請求データ as the centre keeps it: states, cut-off, what became of a record.

Pure; knows no bytes and no layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from shared.kit.calendar import BusinessCalendar
from shared.kit.money import Yen
from shared.kit.states import StateMachine


class BillingFileState(StrEnum):
    """WAITING: a file before it is missing; ACCEPTED: waits for the cut-off; APPLIED: done."""

    WAITING = "WAITING"
    ACCEPTED = "ACCEPTED"
    APPLIED = "APPLIED"


_S = BillingFileState
BILLING_FILE_STATES = StateMachine(
    _S.WAITING,
    {
        (_S.WAITING, _S.ACCEPTED): "billing_file_came_in_sequence",
        (_S.ACCEPTED, _S.APPLIED): "billing_file_applied",
    },
    waiting={_S.WAITING: "apply_billing_files", _S.ACCEPTED: "apply_billing_files"},
)


class RecordError(StrEnum):
    """Why a record was not applied (DOMAIN §2.7); the rest of its file was."""

    KEY_LIVE = "E110"
    KEY_UNKNOWN = "E120"
    KEY_PAID = "E130"
    INQUIRY_OPEN = "E140"


ERROR_ITEMS = {
    RecordError.KEY_LIVE: "payment_number",
    RecordError.KEY_UNKNOWN: "payment_number",
    RecordError.KEY_PAID: "payment_number",
    RecordError.INQUIRY_OPEN: "amount_yen",
}


PORTION_RECORDS = 20_000
"""How many records are applied in one transaction: no bill is locked for longer than that takes."""


@dataclass(frozen=True, slots=True)
class BillingFile:
    """One upload. apply_on is the business day of its cut-off, None while it waits.

    keys_repeat: whether a key may stand in it twice; applied_through: its records up to this
    number are applied.
    """

    id: UUID
    municipality: str
    institution_number: str
    file_sequence: int
    sha256: str
    record_count: int
    total_yen: Yen
    received_at: datetime
    state: BillingFileState = BillingFileState.WAITING
    version: int = 0
    apply_on: date | None = None
    keys_repeat: bool = True
    applied_through: int = 0


def application_day(
    calendar: BusinessCalendar, accepted_on: date, accepted_time: time, cutoff: time
) -> date:
    """Return the business day at whose cut-off a file is applied: the same day if before it.

    At the cut-off or after it, or on a day when banks are closed: the next business day.
    """
    if calendar.is_business_day(accepted_on) and accepted_time < cutoff:
        return accepted_on
    return calendar.add(accepted_on, 1)


def first_effective_day(apply_on: date) -> date:
    """Return the first day from which what was applied may be asked for: D + 1 (DOMAIN §2.7)."""
    return apply_on + timedelta(days=1)
