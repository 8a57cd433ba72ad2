"""Intakes (取込): the files that the terminals collect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.intakes import (
    FILE_LISTED,
    INTAKE_MACHINE,
    Intake,
    IntakeState,
)
from services.ward_gateway.store.bulk import is_any_of
from services.ward_gateway.store.tables import INTAKES
from shared.kit.journal import Journal

_I = INTAKES.c
_ENDED = (IntakeState.ACKNOWLEDGED.value, IntakeState.REFUSED.value)
_REGISTERED = (
    IntakeState.REGISTERED.value,
    IntakeState.ERASED.value,
    IntakeState.ACKNOWLEDGED.value,
)


class IntakeStore:
    """Every file that a terminal has seen in a list."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def known_files(self, terminal: str, file_ids: Sequence[UUID]) -> set[UUID]:
        """Return which of these files have an intake at this terminal."""
        query = select(_I.file_id).where(_I.terminal == terminal, is_any_of(_I.file_id, file_ids))
        return set((await self._connection.execute(query)).scalars())

    async def add(self, rows: Sequence[Mapping[str, Any]], listed_at: datetime) -> None:
        """Add files that a list shows for the first time."""
        if not rows:
            return
        values = [{**row, "listed_at": listed_at} for row in rows]
        await self._connection.execute(insert(INTAKES), values)
        ids = [row["id"] for row in rows]
        await self._journal.opened("intakes", ids, IntakeState.LISTED, FILE_LISTED)

    async def unfinished(self, terminal: str) -> list[Intake]:
        """Return what is still under way at a terminal, by kind and number of the file."""
        query = (
            select(INTAKES)
            .where(
                _I.terminal == terminal,
                or_(_I.state.not_in(_ENDED), _I.temporary_copy.is_not(None)),
            )
            .order_by(_I.kind, _I.sequence, _I.listed_at, _I.id)
        )
        return [_intake(row) for row in await self._connection.execute(query)]

    async def find(self, intake_id: UUID) -> Intake | None:
        """Return one intake."""
        query = select(INTAKES).where(_I.id == intake_id)
        row = (await self._connection.execute(query)).one_or_none()
        return _intake(row) if row else None

    async def was_registered(self, kind: str, sequence: int, sha256: str) -> bool:
        """Say whether a file of this kind and number, with these bytes, was registered before."""
        query = select(_I.id).where(
            _I.kind == kind,
            _I.sequence == sequence,
            _I.sha256 == sha256,
            _I.state.in_(_REGISTERED),
        )
        return (await self._connection.execute(query.limit(1))).first() is not None

    async def advance(self, intake: Intake, target: IntakeState, **values: Any) -> Intake:  # noqa: ANN401 - the columns that this move fills in
        """Move an intake and return it as it stands now."""
        stored = dict(values)
        if "problems" in stored:
            stored["problems"] = list(stored["problems"])
        version = await self._journal.advance(
            INTAKES,
            INTAKE_MACHINE,
            record_id=intake.id,
            version=intake.version,
            source=intake.state,
            target=target,
            values=stored,
        )
        return replace(intake, state=target, version=version, **values)

    async def copy_erased(self, intake: Intake, erased_at: datetime) -> Intake:
        """Note that a refused file's copy is gone (its state stays)."""
        statement = update(INTAKES).where(_I.id == intake.id)
        values = {"temporary_copy": None, "erased_at": erased_at}
        await self._connection.execute(statement.values(values))
        return replace(intake, temporary_copy=None, erased_at=erased_at)

    async def newest(self, limit: int) -> list[Intake]:
        """Return intakes, newest first."""
        query = select(INTAKES).order_by(_I.listed_at.desc(), _I.kind, _I.sequence.desc())
        rows = await self._connection.execute(query.limit(limit))
        return [_intake(row) for row in rows]

    async def ids_of_key(self, key: UUID) -> list[UUID]:
        """Return the intakes that an intake id or a file id means."""
        query = select(_I.id).where(or_(_I.id == key, _I.file_id == key))
        return list((await self._connection.execute(query)).scalars())


def _intake(row: Row[Any]) -> Intake:
    values = {name: getattr(row, name) for name in Intake.__slots__}
    values["state"] = IntakeState(row.state)
    values["problems"] = tuple(row.problems)
    return Intake(**values)
