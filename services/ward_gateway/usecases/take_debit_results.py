"""Take a bank's 口座振替結果: whose debit failed is payable by slip, whatever else is kept.

Books no money (that of direct debit goes another way) and tells the centre nothing: that a slip and
a key are needed, or no more, is found by comparing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.ward_gateway.domain.assessments import AssessmentKey
from services.ward_gateway.domain.debit_results import (
    CLOSED_BY_BANK,
    DebitedClaim,
    JudgedDebit,
    ToldDebit,
    claim_key,
    debited_day,
    finding,
    judge_all,
    newly_said,
)
from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.refusals import FileRefused
from services.ward_gateway.store.debit_results import DebitResultFile, subject_id
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.take_bank_statement import FIRST_DATA_LINE, shown
from shared.files.direct_debit_results import DebitsHeader, load_debits
from shared.files.problems import FileProblem
from shared.kit.clock import Clock
from shared.kit.money import ZERO_YEN, Yen

PROBLEMS_SHOWN_MAX = 1000


@dataclass(frozen=True)
class TakenDebits:
    """What the file did; repeated: the same bytes had been taken before."""

    file: DebitResultFile
    repeated: bool


@dataclass(frozen=True)
class _ReadFile:
    header: DebitsHeader
    debited_on: date
    records: Sequence[ToldDebit]


async def take_debit_results(
    content: bytes,
    *,
    open_unit_of_work: Callable[[], UnitOfWork],
    client_code: str | None,
    clock: Clock,
    user_id: str,
) -> TakenDebits:
    """Take a bank's result file whole, in one transaction, or refuse it whole.

    1. The same bytes again: the stored answer. 2. Every problem of structure, a client code that is
    not the ward's own (`other_client`), a day of debit that is not in the half year up to today
    (`outside_window`): FileRefused. 3. The
    rule (judge_all) says what each record does; all are kept, claims change, what no claim can be
    found for is the exception `debit_result_unmatched`. Something clear and new on a claim closes
    the exceptions of earlier records that were no word on it.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    async with open_unit_of_work() as work:
        before = await work.debit_results.find_file(sha256)
    if before is not None:
        return TakenDebits(before, repeated=True)
    read = await asyncio.to_thread(_read, content, client_code, clock.today())
    async with open_unit_of_work() as work:
        await work.assessments.lock()
        before = await work.debit_results.find_file(sha256)
        if before is not None:
            return TakenDebits(before, repeated=True)
        claims = await _claims(work, read.records)
        bank_code = read.header.bank_code
        judged = await asyncio.to_thread(
            judge_all, claims, read.debited_on, read.records, bank_code
        )
        file = _file(sha256, read, judged, work.clock.now(), user_id)
        await work.debit_results.add(file, judged)
        await close_debit_exceptions(work, newly_said(judged), CLOSED_BY_BANK)
        wrong = [finding(j, subject_id(sha256, j.told.line)) for j in judged if j.reason]
        await work.exceptions.open_many(wrong)
        await work.commit()
    return TakenDebits(file, repeated=False)


async def close_debit_exceptions(
    work: UnitOfWork, keys: Collection[AssessmentKey], reasons: Sequence[str]
) -> None:
    """Close what a clerk was told of results of these claims for these reasons: there is news.

    In the caller's transaction, which commits.
    """
    among = await work.debit_results.open_subjects(keys, reasons) if keys else []
    if among:
        await work.exceptions.settle(ExceptionCode.DEBIT_RESULT_UNMATCHED, [], among=among)


def _read(content: bytes, client_code: str | None, today: date) -> _ReadFile:
    loaded = load_debits(content)
    problems = [problem for problem in loaded.problems if problem.structural]
    header = loaded.header
    if header is None or problems:
        raise _refused(loaded.problems)
    debited_on = debited_day(header.debited_mmdd, today)
    if header.client_code != client_code:
        problems.append(_of_header("client_code", "other_client"))
    if debited_on is None:
        problems.append(_of_header("debited_mmdd", "outside_window"))
    if debited_on is None or problems:
        raise _refused(problems)
    records = [
        ToldDebit(n, each.customer_number, each.amount_yen, each.result.value, each.is_debited)
        for n, each in enumerate(loaded.records, start=FIRST_DATA_LINE)
    ]
    return _ReadFile(header, debited_on, records)


def _of_header(field: str, code: str) -> FileProblem:
    return FileProblem(1, "header", None, field, code, "")


def _refused(problems: Sequence[FileProblem]) -> FileRefused:
    return FileRefused(problems=[shown(problem) for problem in problems[:PROBLEMS_SHOWN_MAX]])


async def _claims(
    work: UnitOfWork, records: Sequence[ToldDebit]
) -> dict[AssessmentKey, DebitedClaim]:
    """Return the claims that records name, locked, with what decides what the records do."""
    keys = {claim_key(told.customer_number) for told in records}
    known = await work.assessments.lock_known(key for key in keys if key is not None)
    ids = [claim.assessment.id for claim in known.values()]
    cleared = await work.debit_results.cleared_yen(ids)
    words = await work.debit_results.words(ids)
    former = await work.corrections.former_yen(ids)
    found = {}
    for key, claim in known.items():
        assessment = claim.assessment
        owed = max(0, int(assessment.amount_yen) - cleared[assessment.id])
        found[key] = DebitedClaim(
            assessment,
            ZERO_YEN if claim.cancelled else Yen(owed),
            frozenset({int(assessment.amount_yen), *former.get(assessment.id, ())}),
            claim.debit_failed,
            tuple(words.get(assessment.id, ())),
        )
    return found


def _file(
    sha256: str, read: _ReadFile, judged: Sequence[JudgedDebit], now: datetime, user_id: str
) -> DebitResultFile:
    done = [told.amount_yen for told in read.records if told.is_debited]
    failed = [told.amount_yen for told in read.records if not told.is_debited]
    return DebitResultFile(
        sha256=sha256,
        bank_code=read.header.bank_code,
        branch_code=read.header.branch_code,
        debited_on=read.debited_on,
        debited_count=len(done),
        debited_yen=sum(done, ZERO_YEN),
        failed_count=len(failed),
        failed_yen=sum(failed, ZERO_YEN),
        outcomes=dict(sorted(Counter(j.outcome.value for j in judged).items())),
        taken_at=now,
        handed_in_by=user_id,
    )
