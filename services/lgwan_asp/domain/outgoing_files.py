"""A file that waits for a ward's LGWAN terminal: receipts files and results of uploads.

Pure; knows no layout. A file is kept until it was acknowledged by its id and SHA-256.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.kit.money import Yen
from shared.kit.states import StateMachine

LISTED_MAX = 100


class OutgoingFileState(StrEnum):
    """READY: to be collected; ACKNOWLEDGED: the ward has registered it."""

    READY = "READY"
    ACKNOWLEDGED = "ACKNOWLEDGED"


OUTGOING_FILE_STATES = StateMachine(
    OutgoingFileState.READY,
    {(OutgoingFileState.READY, OutgoingFileState.ACKNOWLEDGED): "file_acknowledged"},
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
