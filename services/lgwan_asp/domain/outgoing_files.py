"""A file that waits for a ward's LGWAN terminal: receipts files and results of uploads.

Pure; knows no layout. A file is kept until it was acknowledged by its id and SHA-256, and for
some days after that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.kit.money import Yen
from shared.kit.states import StateMachine

LISTED_MAX = 100


class OutgoingFileState(StrEnum):
    """READY: to be collected; ACKNOWLEDGED: the ward has registered it; ERASED: no bytes any more.

    Of an erased file, number, counts and SHA-256 stay.
    """

    READY = "READY"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ERASED = "ERASED"


_S = OutgoingFileState
OUTGOING_FILE_STATES = StateMachine(
    _S.READY,
    {
        (_S.READY, _S.ACKNOWLEDGED): "file_acknowledged",
        (_S.ACKNOWLEDGED, _S.ERASED): "file_erased",
    },
    waiting={_S.ACKNOWLEDGED: "erase_files"},
)


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """One file; its bytes are fetched apart."""

    id: UUID
    municipality: str
    institution_number: str
    kind: str
    sequence: int
    record_count: int
    total_yen: Yen
    sha256: str
    size_bytes: int
    created_at: datetime
    state: OutgoingFileState = OutgoingFileState.READY
    version: int = 0
    acknowledged_at: datetime | None = None
    erased_at: datetime | None = None


def erase_day(acknowledged_on: date, kept_days: int) -> date:
    """Return the day on which an acknowledged file's bytes are erased (days of Tokyo)."""
    return acknowledged_on + timedelta(days=kept_days)


def last_day_to_erase(today: date, kept_days: int) -> date:
    """Return the last day of acknowledgement whose erase_day has come."""
    return today - timedelta(days=kept_days)
