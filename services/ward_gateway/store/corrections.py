"""Corrections (更正) as taken: a history that only grows, and the claims that they change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Row, bindparam, func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.assessments import Assessment
from services.ward_gateway.domain.corrections import AMOUNTS, CORRECTABLE, Correction
from services.ward_gateway.store.bulk import copy_rows, is_any_of, portions
from services.ward_gateway.store.correction_tables import ASSESSMENT_CORRECTIONS
from services.ward_gateway.store.tables import ASSESSMENTS
from shared.files.codes import Proc
from shared.kit.journal import Journal
from shared.kit.money import Yen

_C = ASSESSMENT_CORRECTIONS.c
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
# What the history keeps of a claim, before and after: no name and no person.
_KEPT = (*AMOUNTS, "payment_method", "due_date", "limit_date")
_CLAIM = tuple(ASSESSMENTS.c[name] for name in ("notice_number", "fiscal_year", "instalment"))
_CHANGED = ("corrections", *CORRECTABLE)


def _correct() -> str:
    """Return the statement that lets claims be what rows of JSON say, as the table types them."""
    dialect_types = {name: ASSESSMENTS.c[name].type.compile(_DIALECT) for name in ("id", *_CHANGED)}
    columns = ", ".join(f"{name} {type_}" for name, type_ in dialect_types.items())
    values = ", ".join(f"{name} = c.{name}" for name in _CHANGED)
    return f"""
UPDATE assessments a SET {values},
  cancelled_at = CASE WHEN c.cancels THEN CAST(:taken_at AS timestamptz) END,
  failed_debit_id = CASE WHEN c.cancels THEN a.failed_debit_id END
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS c({columns}, cancels boolean)
WHERE a.id = c.id
"""  # noqa: S608 - made of the table's own column names and types


_CORRECT = text(_correct()).bindparams(bindparam("rows", type_=JSON(none_as_null=True)))


@dataclass(frozen=True, slots=True)
class StatedClaim:
    """What a claim was at one time, as far as the history keeps it; yen are whole."""

    amount_yen: Yen
    medical_yen: Yen
    support_yen: Yen
    care_yen: Yen
    child_yen: Yen
    payment_method: int
    due_date: date
    limit_date: date


@dataclass(frozen=True, slots=True)
class ListedCorrection:
    """A correction and the claim that it changed."""

    id: int
    assessment_id: UUID
    notice_number: str
    fiscal_year: int
    instalment: int
    number: int
    proc: int
    reason_code: str
    file_sha256: str
    source_line: int
    taken_at: datetime
    before: StatedClaim
    after: StatedClaim


class CorrectionStore:
    """Adds corrections, each to the history and to its claim; never changes one."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def add(
        self, corrections: Sequence[Correction], file_sha256: str, taken_at: datetime
    ) -> None:
        """Keep what each claim was and became, and let the claims be it."""
        rows = [_history(each, file_sha256, taken_at) for each in corrections]
        await copy_rows(self._connection, ASSESSMENT_CORRECTIONS, rows)
        for portion in portions(corrections):
            values = {"rows": [_claim(each) for each in portion], "taken_at": taken_at}
            await self._connection.execute(_CORRECT, values)

    async def former_yen(self, ids: Sequence[UUID]) -> dict[UUID, set[int]]:
        """Return every amount that these claims had before they were corrected."""
        found: defaultdict[UUID, set[int]] = defaultdict(set)
        for portion in portions(ids):
            query = select(_C.assessment_id, _C.before_amount_yen).where(
                is_any_of(_C.assessment_id, portion)
            )
            for assessment_id, yen in await self._connection.execute(query):
                found[assessment_id].add(int(yen))
        return found

    async def page(self, *, after: int | None, limit: int) -> list[ListedCorrection]:
        """Return corrections in the order in which they were taken, after one of them."""
        query = (
            select(ASSESSMENT_CORRECTIONS, *_CLAIM)
            .join(ASSESSMENTS, ASSESSMENTS.c.id == _C.assessment_id)
            .order_by(_C.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(_C.id > after)
        return [_listed(row) for row in await self._connection.execute(query)]

    async def highest_yen(self, ids: Sequence[UUID]) -> dict[UUID, int]:
        """Return the highest amount that each of these claims ever had, if it was corrected."""
        found: dict[UUID, int] = {}
        for portion in portions(ids):
            query = (
                select(_C.assessment_id, func.max(_C.before_amount_yen))
                .where(is_any_of(_C.assessment_id, portion))
                .group_by(_C.assessment_id)
            )
            found |= {i: int(yen) for i, yen in await self._connection.execute(query)}
        return found


def _listed(row: Row[Any]) -> ListedCorrection:
    values = {name: getattr(row, name) for name in ListedCorrection.__slots__[:-2]}
    return ListedCorrection(**values, before=_stated(row, "before"), after=_stated(row, "after"))


def _stated(row: Row[Any], when: str) -> StatedClaim:
    values = {name: getattr(row, f"{when}_{name}") for name in _KEPT}
    return StatedClaim(**(values | {name: Yen(values[name]) for name in AMOUNTS}))


def _history(correction: Correction, file_sha256: str, taken_at: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {
        "assessment_id": correction.before.id,
        "number": correction.after.corrections,
        "proc": int(Proc.DELETE if correction.cancels else Proc.CHANGE),
        "reason_code": correction.reason_code,
        "file_sha256": file_sha256,
        "source_line": correction.line,
        "taken_at": taken_at,
    }
    for name in _KEPT:
        row[f"before_{name}"] = getattr(correction.before, name)
        row[f"after_{name}"] = getattr(correction.after, name)
    return row


def _claim(correction: Correction) -> dict[str, Any]:
    return {name: _as_json(correction.after, name) for name in ("id", *_CHANGED)} | {
        "cancels": correction.cancels
    }


def _as_json(claim: Assessment, name: str) -> Any:  # noqa: ANN401
    value = getattr(claim, name)
    return int(value) if isinstance(value, int) else str(value)
