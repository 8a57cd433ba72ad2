"""Files for the standard system 標準システム: kept until it has them, and not a moment longer.

Pure; knows no layout and no bytes. The terminals' temporary copies are another thing (intakes).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from shared.kit.calendar import BusinessCalendar
from shared.kit.money import Yen
from shared.kit.states import StateMachine

LISTED_MAX = 100
TERM_BUSINESS_DAYS = 5
"""OWN DESIGN: after so many business days a file that nobody fetched is a clerk's matter."""


class DeliveryState(StrEnum):
    """READY: to be fetched; IMPORTED: the standard system has it, and its bytes are erased here.

    Of an imported file, number, counts and SHA-256 stay.
    """

    READY = "READY"
    IMPORTED = "IMPORTED"


DELIVERY_STATES = StateMachine(
    DeliveryState.READY,
    {(DeliveryState.READY, DeliveryState.IMPORTED): "delivery_imported_and_erased"},
    waiting={DeliveryState.READY: "watch_deliveries"},
)
DELIVERY_MADE = "delivery_made"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file, with the id of the intake that it came from; its bytes are fetched apart."""

    id: UUID
    kind: str
    sequence: int
    record_count: int
    total_yen: Yen
    sha256: str
    size_bytes: int
    made_at: datetime
    state: DeliveryState = DeliveryState.READY
    version: int = 0
    acknowledged_at: datetime | None = None


def is_overdue(made_on: date, calendar: BusinessCalendar, today: date) -> bool:
    """Say whether a file made on a day should have been fetched before today (Tokyo days)."""
    return calendar.add(made_on, TERM_BUSINESS_DAYS) < today
