"""An assessments file (choutei.csv) becomes claims and corrections: whole, or not at all."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.ward_gateway.domain.assessments import (
    PAYABLE_BY_SLIP,
    Assessment,
    AssessmentKey,
)
from services.ward_gateway.domain.corrections import KnownClaim, Stated, faults_of
from services.ward_gateway.domain.refusals import FileRefused, FileTotalsDiffer
from services.ward_gateway.store.assessments import AssessmentFile
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.correct_assessments import correct_assessments
from shared.files.choutei import Assessment as Row
from shared.files.choutei import load_choutei
from shared.files.codes import Proc
from shared.files.csv_tables import FileTotals
from shared.files.problems import FileProblem
from shared.kit.ids import new_id

TOTALS_CODES = frozenset({"count_mismatch", "total_mismatch", "hash_mismatch"})
PROBLEMS_SHOWN_MAX = 1000


@dataclass(frozen=True)
class Taken:
    """What the file did; repeated: the same bytes had been taken before."""

    file: AssessmentFile
    repeated: bool


async def take_assessments(
    open_unit_of_work: Callable[[], UnitOfWork], content: bytes, totals: FileTotals
) -> Taken:
    """Take a file of new claims (処理区分 1) and of corrections (2 変更, 3 削除).

    1. The same bytes again: the stored answer. 2. Count, sum and SHA-256 beside the file are
    compared with it: FileTotalsDiffer. 3. Every problem of structure, a new claim that exists, a
    claim that stands twice, and every correction that does not fit its claim (faults_of):
    FileRefused, with all of them. 4. All claims, all corrections with 消込 of what they touch, and
    one audit row, in one transaction.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    async with open_unit_of_work() as work:
        before = await work.assessments.find_file(sha256)
    if before is not None and _same(before, totals):
        return Taken(before, repeated=True)
    rows = await asyncio.to_thread(_rows, content, totals)
    stated = [
        Stated(line, _assessment(row), row.proc is Proc.DELETE, row.reason_code)
        for line, row in enumerate(rows, start=2)
        if row.proc is not Proc.ADD
    ]
    added = {line: _assessment(r) for line, r in enumerate(rows, start=2) if r.proc is Proc.ADD}
    async with open_unit_of_work() as work:
        await work.assessments.lock()
        before = await work.assessments.find_file(sha256)
        if before is not None:
            return Taken(before, repeated=True)
        known = await work.assessments.lock_known(each.assessment.key for each in stated)
        problems = [*await _existing(work, added), *_unfit(known, stated)]
        if problems:
            raise _refused(sorted(problems, key=lambda problem: problem.line))
        file = _file(sha256, rows, len(added))
        await work.assessments.add(file, list(added.values()), work.clock.now())
        await correct_assessments(work, known, stated, sha256)
        await work.commit()
    return Taken(file, repeated=False)


def _file(sha256: str, rows: Sequence[Row], added: int) -> AssessmentFile:
    cancelled = sum(row.proc is Proc.DELETE for row in rows)
    return AssessmentFile(
        sha256=sha256,
        record_count=len(rows),
        added=added,
        corrected=len(rows) - added - cancelled,
        cancelled=cancelled,
        total_yen=sum(int(row.amount_yen) for row in rows),
        added_yen=sum(int(row.amount_yen) for row in rows if row.proc is Proc.ADD),
    )


async def _existing(work: UnitOfWork, added: Mapping[int, Assessment]) -> list[FileProblem]:
    existing = await work.assessments.existing_keys(list(added.values()))
    return [
        _problem(line, "tsuchisho_no", "assessment_exists")
        for line, assessment in added.items()
        if assessment.key in existing
    ]


def _unfit(
    known: Mapping[AssessmentKey, KnownClaim], stated: Iterable[Stated]
) -> Iterator[FileProblem]:
    for each in stated:
        for field, code in faults_of(known.get(each.assessment.key), each):
            yield _problem(each.line, field, code)


def _same(file: AssessmentFile, totals: FileTotals) -> bool:
    said = (totals.count, totals.total_yen, totals.sha256)
    return said == (file.record_count, file.total_yen, file.sha256)


def _rows(content: bytes, totals: FileTotals) -> Sequence[Row]:
    loaded = load_choutei(content, totals)
    structural = [problem for problem in loaded.problems if problem.structural]
    differing = [problem for problem in structural if problem.code in TOTALS_CODES]
    if differing and len(differing) == len(structural):
        raise FileTotalsDiffer(problems=[_shown(problem) for problem in differing])
    problems = [*structural, *_own_problems(loaded.records)]
    if problems:
        raise _refused(problems)
    return loaded.records


def _own_problems(rows: Sequence[Row]) -> list[FileProblem]:
    """Return what this ward cannot take although the file is well made."""
    problems, seen = [], set()
    for line, row in enumerate(rows, start=2):
        key = (row.levy_year, row.notice_number, row.instalment)
        if row.payment_method == PAYABLE_BY_SLIP and row.instalment == 0:
            problems.append(_problem(line, "ki", "lump_sum_not_taken"))
        if key in seen:
            problems.append(_problem(line, "tsuchisho_no", "assessment_twice"))
        seen.add(key)
    return problems


def _problem(line: int, field: str, code: str) -> FileProblem:
    return FileProblem(line, "row", None, field, code, "")


def _refused(problems: Iterable[FileProblem]) -> FileRefused:
    listed = [_shown(problem) for problem in problems]
    detail = f"The file is refused as a whole: {len(listed)} problems; nothing was taken."
    return FileRefused(detail, problems=listed[:PROBLEMS_SHOWN_MAX])


def _shown(problem: FileProblem) -> dict[str, object]:
    """Show where and what, never the value: it may be a person's (DESIGN rule 12)."""
    return {
        "line": problem.line,
        "record": problem.record,
        "position": problem.position,
        "field": problem.field,
        "code": problem.code,
    }


def _assessment(row: Row) -> Assessment:
    return Assessment(
        id=new_id(),
        fiscal_year=row.fiscal_year,
        assessed_year=row.assessed_year,
        levy_year=row.levy_year,
        notice_number=row.notice_number,
        instalment=row.instalment,
        account_code=row.account_code,
        collection_method=row.collection_method,
        payment_method=row.payment_method,
        year_class=row.year_class,
        assessment_number=row.assessment_id,
        corrections=row.correction_count,
        assessed_on=row.assessed_on,
        amount_yen=row.amount_yen,
        medical_yen=row.medical_yen,
        support_yen=row.support_yen,
        care_yen=row.care_yen,
        child_yen=row.child_yen,
        due_date=row.due_date,
        limit_date=row.limit_date or row.due_date,
        slip_type=int(row.slip_type),
        issue=row.issue,
        liable_person_id=row.liable_person_id,
        payer_name_kana=row.payer_name_kana,
    )
