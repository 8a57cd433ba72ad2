"""Rows of history and audit as pieces of a hand-written statement (decision 0003, on a hot path).

For the few statements that write several records at once; everything else goes by kit.journal.
Knows no record of any organisation.
"""

from __future__ import annotations

from dataclasses import dataclass

STAMPS = "business_at, machine_at, actor, correlation_id"
_STAMPED = (
    "CAST(:business_at AS timestamptz), CAST(:machine_at AS timestamptz),"
    " CAST(:actor AS text), CAST(:correlation_id AS text)"
)
_THEN = "\n  UNION ALL "


@dataclass(frozen=True)
class Moved:
    """Records that a WITH expression `rows` moved or added; it returns id, municipality, version.

    source is empty for new records. Every name is one of ours, never a value.
    """

    rows: str
    record: str
    event: str
    target: str
    source: str = ""


@dataclass(frozen=True)
class Noted:
    """A change that moves no record, by a WITH expression that returns id and municipality."""

    rows: str
    record: str
    event: str


def written_in_books(*changes: Moved | Noted, stamps_stand_in_rows: bool = False) -> str:
    """Return the two expressions of a WITH that write changes down, in the order that is given.

    Who acted and when are the statement's values (Journal.stamp()), or columns of the rows.
    """
    stamps = STAMPS if stamps_stand_in_rows else _STAMPED
    moves = _THEN.join(_move(each, stamps) for each in changes if isinstance(each, Moved))
    notes = _THEN.join(_note(each, stamps) for each in changes)
    return f"""
history_rows AS (
  INSERT INTO history
    (record, record_id, municipality, version, event, from_state, to_state, {STAMPS})
  {moves}
), audit_rows AS (
  INSERT INTO audit (action, record, record_id, municipality, details, {STAMPS})
  {notes}
)"""


def _move(moved: Moved, stamps: str) -> str:
    told = f"'{moved.event}', '{moved.source}', '{moved.target}', {stamps}"
    return f"SELECT '{moved.record}', id::text, municipality, version, {told} FROM {moved.rows}"  # noqa: S608


def _note(change: Moved | Noted, stamps: str) -> str:
    told = f"id::text, municipality, '{{}}'::jsonb, {stamps}"
    return f"SELECT '{change.event}', '{change.record}', {told} FROM {change.rows}"  # noqa: S608
