"""口座振替結果 as stored: files and results only grow; a word changes one column of its claim.

Knows no rule: what a record does is decided in domain/debit_results.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.assessments import AssessmentKey
from services.ward_gateway.domain.debit_results import (
    BankWord,
    DebitOutcome,
    JudgedDebit,
    claim_key,
)
from services.ward_gateway.domain.exceptions import ExceptionCode, ExceptionState
from services.ward_gateway.store.bulk import copy_rows, is_any_of, portions, whole_tables
from services.ward_gateway.store.debit_result_tables import DEBIT_RESULT_FILES, DEBIT_RESULTS
from services.ward_gateway.store.tables import ASSESSMENTS, CLEARINGS, EXCEPTIONS
from shared.kit.journal import Journal
from shared.kit.money import Yen

_F, _R = DEBIT_RESULT_FILES.c, DEBIT_RESULTS.c
DEBITED = "0"
SUBJECT = "debit_result"
# A correction that comes later sets it back; so does a debit that was done after all.
_SET_FAILED = text("""
UPDATE assessments a SET
  failed_debit_id = CASE WHEN r.outcome = ANY(:failed) THEN r.id END,
  back_to_debit_at = CASE WHEN r.outcome <> ALL(:failed) THEN CAST(:taken_at AS timestamptz) END
FROM debit_results r
WHERE r.file_sha256 = :sha256 AND r.source_line = ANY(:lines) AND a.id = r.assessment_id
""")
_FAILED = [DebitOutcome.MADE_PAYABLE.value, DebitOutcome.NOTHING_OWED.value]


@dataclass(frozen=True, slots=True)
class DebitResultFile:
    """A file as taken; outcomes: outcome -> how many of its records; number: in order of taking."""

    sha256: str
    bank_code: str
    branch_code: str
    debited_on: date
    debited_count: int
    debited_yen: Yen
    failed_count: int
    failed_yen: Yen
    outcomes: Mapping[str, int]
    taken_at: datetime
    handed_in_by: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class ListedDebit:
    """A record of a file, and what became of it.

    holds: it is the word by which its claim is payable by slip now.
    """

    line: int
    customer_number: str
    amount_yen: Yen
    result: str
    outcome: str
    assessment_id: UUID | None
    field: str
    reason: str
    holds: bool


def subject_id(sha256: str, line: int) -> str:
    """Return how an exception names a record: by its file and line."""
    return f"{sha256}/{line}"


class DebitResultStore:
    """Adds files with their results; never changes one."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def find_file(self, sha256: str) -> DebitResultFile | None:
        """Return what a file of these bytes did, if it was taken before."""
        query = select(DEBIT_RESULT_FILES).where(_F.sha256 == sha256)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _file(row)

    async def add(self, file: DebitResultFile, judged: Sequence[JudgedDebit]) -> None:
        """Add a file and its results, and let the claims be as the bank's words make them."""
        values = {name: getattr(file, name) for name in DebitResultFile.__slots__[:-1]}
        await self._connection.execute(insert(DEBIT_RESULT_FILES).values(values))
        await copy_rows(self._connection, DEBIT_RESULTS, [_row(file.sha256, j) for j in judged])
        moving = [j.told.line for j in judged if j.sets_failed is not None]
        for lines in portions(moving):
            which = {"sha256": file.sha256, "lines": list(lines)}
            values = {"failed": _FAILED, "taken_at": file.taken_at}
            await self._connection.execute(_SET_FAILED, which | values)
        await self._journal.audit(
            "debit_results_taken",
            DEBIT_RESULT_FILES.name,
            file.sha256,
            details={"handed_in_by": file.handed_in_by, **file.outcomes},
        )

    async def words(self, ids: Sequence[UUID]) -> dict[UUID, list[BankWord]]:
        """Return the bank's words on claims, in the order in which they were told."""
        found: defaultdict[UUID, list[BankWord]] = defaultdict(list)
        for portion in portions(ids):
            query = (
                select(_R.assessment_id, _F.debited_on, _R.result, _F.bank_code)
                .join_from(DEBIT_RESULTS, DEBIT_RESULT_FILES, _F.sha256 == _R.file_sha256)
                .where(is_any_of(_R.assessment_id, portion))
                .order_by(_R.id)
            )
            for row in await self._connection.execute(query):
                word = BankWord(row.debited_on, row.result == DEBITED, row.bank_code)
                found[row.assessment_id].append(word)
        return found

    async def cleared_yen(self, ids: Sequence[UUID]) -> Counter[UUID]:
        """Return the yen that 消込 has given claims."""
        cleared: Counter[UUID] = Counter()
        for portion in portions(ids):
            query = (
                select(CLEARINGS.c.assessment_id, func.sum(CLEARINGS.c.amount_yen))
                .where(is_any_of(CLEARINGS.c.assessment_id, portion))
                .group_by(CLEARINGS.c.assessment_id)
            )
            cleared.update({i: int(yen) for i, yen in await self._connection.execute(query)})
        return cleared

    async def open_subjects(
        self, keys: Collection[AssessmentKey], reasons: Sequence[str]
    ) -> list[str]:
        """Return the subjects of open exceptions about records that name one of these claims.

        reasons: of exceptions for these reasons alone.
        """
        subject = func.concat(_R.file_sha256, "/", _R.source_line)
        query = select(_R.customer_number, EXCEPTIONS.c.subject_id).join_from(
            DEBIT_RESULTS,
            EXCEPTIONS,
            and_(
                EXCEPTIONS.c.code == ExceptionCode.DEBIT_RESULT_UNMATCHED.value,
                EXCEPTIONS.c.state == ExceptionState.OPEN.value,
                EXCEPTIONS.c.subject_id == subject,
                _R.outcome == DebitOutcome.FOR_CLERK.value,
                _R.reason.in_(reasons),
            ),
        )
        async with whole_tables(self._connection):
            rows = (await self._connection.execute(query)).all()
        return [row.subject_id for row in rows if claim_key(row.customer_number) in keys]

    async def files(self, *, after: int | None, limit: int) -> list[DebitResultFile]:
        """Return files in the order in which they were taken."""
        query = select(DEBIT_RESULT_FILES).order_by(_F.id).limit(limit)
        if after is not None:
            query = query.where(_F.id > after)
        return [_file(row) for row in await self._connection.execute(query)]

    async def page(
        self, sha256: str, *, after: int | None, limit: int, outcome: DebitOutcome | None
    ) -> list[ListedDebit]:
        """Return the results of a file by line, of one outcome or of all."""
        holds = func.coalesce(ASSESSMENTS.c.failed_debit_id == _R.id, False).label("holds")
        query = (
            select(DEBIT_RESULTS, holds)
            .outerjoin(ASSESSMENTS, ASSESSMENTS.c.id == _R.assessment_id)
            .where(_R.file_sha256 == sha256)
            .order_by(_R.source_line)
            .limit(limit)
        )
        if after is not None:
            query = query.where(_R.source_line > after)
        if outcome is not None:
            query = query.where(_R.outcome == outcome.value)
        return [_listed(row) for row in await self._connection.execute(query)]


def _row(sha256: str, judged: JudgedDebit) -> dict[str, Any]:
    told = judged.told
    return {
        "file_sha256": sha256,
        "source_line": told.line,
        "customer_number": told.customer_number,
        "amount_yen": int(told.amount_yen),
        "result": told.result,
        "outcome": judged.outcome.value,
        "assessment_id": judged.assessment_id,
        "field": judged.field,
        "reason": judged.reason,
    }


def _file(row: Row[Any]) -> DebitResultFile:
    values = {name: getattr(row, name) for name in DebitResultFile.__slots__[:-1]}
    money = {name: Yen(values[name]) for name in ("debited_yen", "failed_yen")}
    return DebitResultFile(**(values | money), number=row.id)


def _listed(row: Row[Any]) -> ListedDebit:
    values = {name: getattr(row, name) for name in ListedDebit.__slots__[1:]}
    return ListedDebit(line=row.source_line, **(values | {"amount_yen": Yen(row.amount_yen)}))
