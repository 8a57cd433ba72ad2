"""The books of what happened: a transition and an audit row in the transaction that moves a record.

Both tables are insert-only for the runtime role. No personal data in either (DESIGN rule 15).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    cast,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kit.clock import Clock, machine_now
from shared.kit.context import actor, correlation_id
from shared.kit.hot_path import HotStatement
from shared.kit.states import StateMachine

S = TypeVar("S", bound=StrEnum)


class ConcurrentUpdate(Exception):  # noqa: N818 - named as a fact
    """Somebody else moved this record first; read it again and decide anew."""


@dataclass(frozen=True)
class JournalTables:
    """The two insert-only tables that every organisation keeps."""

    history: Table
    audit: Table


def journal_tables(metadata: MetaData) -> JournalTables:
    """Declare the tables `history` (moves of records) and `audit` (everything that was changed)."""
    history = Table(
        "history",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("record", Text, nullable=False),
        Column("record_id", Text, nullable=False),
        Column("municipality", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("event", Text, nullable=False),
        Column("from_state", Text, nullable=False),
        Column("to_state", Text, nullable=False),
        Column("business_at", DateTime(timezone=True), nullable=False),
        Column("machine_at", DateTime(timezone=True), nullable=False),
        Column("actor", Text, nullable=False),
        Column("correlation_id", Text, nullable=False),
        Index("history_record", "record", "record_id", "version", unique=True),
        Index("history_record_id", "record_id"),
        info={"insert_only": True},
    )
    audit = Table(
        "audit",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("action", Text, nullable=False),
        Column("record", Text, nullable=False),
        Column("record_id", Text, nullable=False),
        Column("municipality", Text, nullable=False),
        Column("details", JSONB, nullable=False),
        Column("business_at", DateTime(timezone=True), nullable=False),
        Column("machine_at", DateTime(timezone=True), nullable=False),
        Column("actor", Text, nullable=False),
        Column("correlation_id", Text, nullable=False),
        info={"insert_only": True},
    )
    return JournalTables(history, audit)


def stamp(clock: Clock) -> dict[str, Any]:
    """Return who acts and when, for a statement that writes its own rows (kit.book_rows)."""
    return {
        "business_at": clock.now(),
        "machine_at": machine_now(),
        "actor": actor(),
        "correlation_id": correlation_id(),
    }


class Journal:
    """Moves records and writes down that it did, in the transaction of its connection."""

    def __init__(self, connection: AsyncConnection, clock: Clock, tables: JournalTables) -> None:
        """Belong to one open transaction."""
        self._connection, self._clock, self._tables = connection, clock, tables

    def _stamp(self) -> dict[str, Any]:
        return stamp(self._clock)

    def stamp(self) -> dict[str, Any]:
        """Return who acts and when, for a statement that writes its own rows (kit.book_rows)."""
        return self._stamp()

    async def audit(
        self,
        action: str,
        record: str,
        record_id: object,
        *,
        municipality: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Write an audit row for a change that moves no record (a log-in, an erasure, a file)."""
        row = {
            "action": action,
            "record": record,
            "record_id": str(record_id),
            "municipality": municipality,
            "details": dict(details or {}),
        }
        await self._connection.execute(insert(self._tables.audit).values(row | self._stamp()))

    async def opened(
        self, record: str, ids: Sequence[object], state: str, event: str, *, municipality: str = ""
    ) -> None:
        """Write the first history row (version 0) and an audit row of records just added."""
        if not ids:
            return
        stamp = self._stamp()
        common = {"record": record, "municipality": municipality} | stamp
        moves = [
            common
            | {
                "record_id": str(i),
                "version": 0,
                "event": event,
                "from_state": "",
                "to_state": state,
            }
            for i in ids
        ]
        notes = [common | {"record_id": str(i), "action": event, "details": {}} for i in ids]
        await self._connection.execute(insert(self._tables.history), moves)
        await self._connection.execute(insert(self._tables.audit), notes)

    async def add_row(
        self,
        table: Table,
        values: Mapping[str, Any],
        *,
        state: StrEnum,
        event: str,
        once: str | None = None,
    ) -> bool:
        """Add one row at version 0 with its history and audit row, in one statement.

        once: the unique constraint that may stand in the way; then nothing is written and the
        answer is False. Without it, or by another constraint, the database's error comes through.
        """
        statement = _add_statement(table, self._tables, tuple(sorted(values)), once)
        parameters = {
            "record_name": table.name,
            "add_event": event,
            "first_state": state.value,
            **{f"stamp_{name}": value for name, value in self._stamp().items()},
            **{f"value_{name}": value for name, value in values.items()},
        }
        row = await statement.row(self._connection, parameters)
        return row is not None and row[0] == 1

    async def advance(
        self,
        table: Table,
        machine: StateMachine[S],
        *,
        record_id: object,
        version: int,
        source: S,
        target: S,
        values: Mapping[str, Any] | None = None,
    ) -> int:
        """Move one row from source to target if it still has that version; return the new version.

        Raises IllegalTransition (a bug) or ConcurrentUpdate (somebody was faster). The table has
        columns id, version, state and, where an organisation serves many, municipality.
        """
        key = {"moving_id": record_id, "moving_version": version}
        moved = await self._move(table, machine, source, target, key=key, values=values)
        if moved != 1:
            message = f"{table.name} {record_id}"
            raise ConcurrentUpdate(message)
        return version + 1

    async def advance_many(
        self,
        table: Table,
        machine: StateMachine[S],
        *,
        record_ids: Sequence[object],
        source: S,
        target: S,
        values: Mapping[str, Any] | None = None,
    ) -> int:
        """Move every listed row that stands at source, set-based; return how many moved."""
        if not record_ids:
            return 0
        key = {"moving_ids": list(record_ids)}
        return await self._move(table, machine, source, target, key=key, values=values)

    async def _move(
        self,
        table: Table,
        machine: StateMachine[S],
        source: S,
        target: S,
        *,
        key: Mapping[str, Any],
        values: Mapping[str, Any] | None,
    ) -> int:
        """Update, transition row and audit row in one statement and one round trip."""
        values = values or {}
        statement = _move_statement(table, self._tables, tuple(sorted(values)), tuple(key))
        parameters = {
            "record_name": table.name,
            "move_event": machine.event(source, target),
            "source_state": source.value,
            "target_state": target.value,
            **{f"stamp_{name}": value for name, value in self._stamp().items()},
            **{f"value_{name}": value for name, value in values.items()},
            **key,
        }
        return int((await self._connection.execute(statement, parameters)).scalar_one())


@lru_cache(maxsize=256)
def _move_statement(
    table: Table, tables: JournalTables, values: tuple[str, ...], key: tuple[str, ...]
) -> Select[int]:
    """Build the statement that moves rows of a table, once for each set of columns it sets.

    Building it and finding its compiled form again costs more than sending it, so it is kept.
    """
    town = table.c.municipality if "municipality" in table.c else literal("").label("municipality")
    if "moving_ids" in key:
        # One array: a statement takes no more than 32,767 parameters.
        chosen = [table.c.id == any_(bindparam("moving_ids", type_=ARRAY(table.c.id.type)))]
    else:
        chosen = [
            table.c.id == bindparam("moving_id", type_=table.c.id.type),
            table.c.version == bindparam("moving_version", type_=Integer),
        ]
    moved = (
        update(table)
        .where(*chosen, table.c.state == bindparam("source_state", type_=Text))
        .values(
            {
                **{name: bindparam(f"value_{name}", type_=table.c[name].type) for name in values},
                "state": bindparam("target_state", type_=Text),
                "version": table.c.version + 1,
            }
        )
        .returning(cast(table.c.id, Text).label("record_id"), table.c.version, town)
        .cte("moved")
    )
    event = bindparam("move_event", type_=Text)
    common = _stamped(moved, tables)
    move = common | {
        "version": moved.c.version,
        "event": event,
        "from_state": bindparam("source_state", type_=Text),
        "to_state": bindparam("target_state", type_=Text),
    }
    return _with_books(moved, tables, move, common | {"action": event})


@lru_cache(maxsize=64)
def _add_statement(
    table: Table, tables: JournalTables, values: tuple[str, ...], once: str | None
) -> HotStatement:
    """Build the statement that adds a row of a table, once for each set of columns (as above)."""
    town = table.c.municipality if "municipality" in table.c else literal("").label("municipality")
    state = bindparam("first_state", type_=Text)
    adding = insert_once(table).values(
        {
            **{name: bindparam(f"value_{name}", type_=table.c[name].type) for name in values},
            "state": state,
            "version": literal(0, Integer),
        }
    )
    if once is not None:
        adding = adding.on_conflict_do_nothing(constraint=once)
    added = adding.returning(cast(table.c.id, Text).label("record_id"), town).cte("added")
    event = bindparam("add_event", type_=Text)
    common = _stamped(added, tables)
    move = common | {
        "version": literal(0, Integer),
        "event": event,
        "from_state": literal("", Text),
        "to_state": state,
    }
    books = _with_books(added, tables, move, common | {"action": event})
    return HotStatement.compiled(books)


def _stamped(rows: CTE, tables: JournalTables) -> dict[str, Any]:
    """Return the columns that history and audit share, for rows that a statement just wrote."""
    stamps = ("business_at", "machine_at", "actor", "correlation_id")
    return {
        "record": bindparam("record_name", type_=Text),
        "record_id": rows.c.record_id,
        "municipality": rows.c.municipality,
        **{name: bindparam(f"stamp_{name}", type_=tables.audit.c[name].type) for name in stamps},
    }


def _with_books(
    rows: CTE, tables: JournalTables, move: Mapping[str, Any], note: Mapping[str, Any]
) -> Select[int]:
    """Return a statement that writes history and audit of some rows and counts the rows."""
    note = {**note, "details": cast(literal_column("'{}'"), JSONB)}
    history = insert(tables.history).from_select(list(move), select(*move.values()))
    audit = insert(tables.audit).from_select(list(note), select(*note.values()))
    books = (history.cte("history_rows"), audit.cte("audit_rows"))
    return select(func.count()).select_from(rows).add_cte(*books)
