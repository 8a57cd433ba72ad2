"""Intakes (取込): how far a file came that a terminal collects, as one table (BOOKS §2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.kit.states import StateMachine


class IntakeState(StrEnum):
    """The terminal's day, step by step."""

    LISTED = "LISTED"
    COLLECTED = "COLLECTED"
    CHECKED = "CHECKED"
    WAITING = "WAITING"
    HANDED_OVER = "HANDED_OVER"
    REGISTERED = "REGISTERED"
    ERASED = "ERASED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    REFUSED = "REFUSED"


_S = IntakeState
_COPY_LOST = "temporary_copy_lost"
INTAKE_MACHINE: StateMachine[IntakeState] = StateMachine(
    _S.LISTED,
    {
        (_S.LISTED, _S.COLLECTED): "file_collected",
        (_S.COLLECTED, _S.CHECKED): "file_checked",
        (_S.COLLECTED, _S.REFUSED): "file_refused",
        (_S.CHECKED, _S.REFUSED): "file_sequence_reused",
        (_S.CHECKED, _S.WAITING): "earlier_file_missing",
        (_S.CHECKED, _S.HANDED_OVER): "file_handed_over",
        (_S.WAITING, _S.HANDED_OVER): "earlier_file_arrived",
        (_S.WAITING, _S.REFUSED): "file_sequence_reused",
        (_S.HANDED_OVER, _S.REGISTERED): "file_registered",
        (_S.REGISTERED, _S.ERASED): "temporary_copy_erased",
        (_S.ERASED, _S.ACKNOWLEDGED): "file_acknowledged",
        # The copy stands on the terminal alone: without it the file is collected again.
        (_S.COLLECTED, _S.LISTED): _COPY_LOST,
        (_S.CHECKED, _S.LISTED): _COPY_LOST,
        (_S.WAITING, _S.LISTED): _COPY_LOST,
        (_S.HANDED_OVER, _S.LISTED): _COPY_LOST,
    },
    {
        state: "collect_leased_line, collect_lgwan"
        for state in IntakeState
        if state not in {_S.ACKNOWLEDGED, _S.REFUSED}
    },
)
FILE_LISTED = "file_listed"
# States in which the temporary copy is still needed.
NEEDS_COPY = frozenset({_S.COLLECTED, _S.CHECKED, _S.WAITING, _S.HANDED_OVER})


@dataclass(frozen=True, slots=True)
class Intake:
    """A file of one terminal: what its list said, and what has become of it."""

    id: UUID
    state: IntakeState
    version: int
    terminal: str
    file_id: UUID
    kind: str
    sequence: int
    sha256: str
    size_bytes: int
    record_count: int
    total_yen: int
    temporary_copy: str | None
    collected_at: datetime | None
    registered_at: datetime | None
    erased_at: datetime | None
    handed_over_by: str | None
    problems: tuple[str, ...]

    @property
    def copy_to_erase(self) -> bool:
        """Say whether a copy stands that nobody needs any more."""
        done = self.state in {IntakeState.REGISTERED, IntakeState.REFUSED}
        return done and self.temporary_copy is not None
