"""Files that wait until the ward's leased-line terminal has collected and acknowledged them.

Knows their numbers and states; their content is bytes here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.kit.money import Yen
from shared.kit.states import StateMachine

FILES_LISTED_MAX = 100


class FileState(StrEnum):
    """WAITING for the ward; ACKNOWLEDGED by file id and SHA-256."""

    WAITING = "WAITING"
    ACKNOWLEDGED = "ACKNOWLEDGED"


# Nobody asks about a waiting file: the ward's terminal comes by itself, or its clerk is missing.
FILES = StateMachine(
    initial=FileState.WAITING,
    events={(FileState.WAITING, FileState.ACKNOWLEDGED): "file_acknowledged"},
)


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """A file without its bytes; sequence runs by +1 within one municipality and kind.

    source_file_id: the card agent's id of a sealed report, None for our own files.
    """

    id: UUID
    municipality: str
    kind: str
    sequence: int
    record_count: int
    total_yen: Yen
    sha256: str
    size_bytes: int
    created_at: datetime
    source_file_id: UUID | None = None
    state: FileState = FileState.WAITING
    version: int = 0
    acknowledged_at: datetime | None = None


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of a file as 64 lower-case hex digits."""
    return hashlib.sha256(content).hexdigest()
