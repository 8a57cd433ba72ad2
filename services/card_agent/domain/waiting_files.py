"""Sealed files that wait for the provider: reports and 計算書 (BOOKS §1.3).

Knows no format and no key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.kit.money import Yen
from shared.kit.states import StateMachine

AGENT_REPORT = "agent_report"
AGENT_PAY_IN_STATEMENT = "agent_pay_in_statement"
FILE_BUILT = "file_built"


class WaitingFileState(StrEnum):
    """Whether the provider has it."""

    WAITING = "WAITING"
    ACKNOWLEDGED = "ACKNOWLEDGED"


# The provider asks for what waits, with a job of its own: no job of ours is named here.
WAITING_FILES = StateMachine(
    initial=WaitingFileState.WAITING,
    events={(WaitingFileState.WAITING, WaitingFileState.ACKNOWLEDGED): "file_acknowledged"},
)


@dataclass(frozen=True)
class WaitingFile:
    """A file and what is told of it; count and total are those of what is inside the seal."""

    id: UUID
    state: WaitingFileState
    version: int
    municipality: str
    kind: str
    sequence: int
    record_count: int
    total_yen: Yen
    sha256: str
    size_bytes: int
    created_at: datetime
    acknowledged_at: datetime | None = None
