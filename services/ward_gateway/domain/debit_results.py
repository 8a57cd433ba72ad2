"""What a bank's word on a direct debit (口座振替結果) does to a claim, and what a clerk must see.

Pure, and the only place where this is decided. Knows no file's layout and no slip; the money of a
direct debit is outside these books: it never is a receipt, a deposit or 消込 here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from services.ward_gateway.domain.assessments import (
    PAYABLE_BY_DEBIT,
    PAYABLE_BY_SLIP,
    Assessment,
    AssessmentKey,
)
from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from shared.keys.debit_customer import read_debit_customer
from shared.keys.problems import KeyProblem
from shared.kit.money import Yen

FISCAL_YEAR_MONTH = 4
DAYS_BACK_MAX = 183
NO_CLAIM: AssessmentKey = (0, "", 0)
NOT_KNOWN = ("customer_number", "assessment_unknown")


class DebitOutcome(StrEnum):
    """What became of one record of a bank's result file. The words are stable."""

    DEBITED = "debited"  # 済: kept and counted, nothing changes
    MADE_PAYABLE = "made_payable"  # 不能: payable by slip from now on
    ALREADY_BY_SLIP = "already_by_slip"  # 不能, and the claim was payable by slip before
    NOTHING_OWED = "nothing_owed"  # 不能, but it is paid; payable by slip if that is taken back
    DEBITED_AFTER_ALL = "debited_after_all"  # 済 after 不能: not payable by slip any more
    TOLD_BEFORE = "told_before"  # the bank's word on this claim and day stands already
    OLDER_WORD = "older_word"  # a word on a later day of debit stands already
    FOR_CLERK = "for_clerk"  # an exception `debit_result_unmatched`: see field and reason


# What was no word on a claim is closed by a word of the bank that is one; a correction also closes
# what asks how the claim is to be paid. Money that was taken once too often stays a clerk's.
CLOSED_BY_BANK = (
    "assessment_unknown",
    "not_by_debit",
    "amount_differs",
    "before_fiscal_year",
    "contradicts_other_line",
    "contradicts_earlier_word",
)
CLOSED_BY_CORRECTION = (
    *CLOSED_BY_BANK,
    "lump_sum_not_taken",
    "debited_before_failure",
    "failed_after_debited",
)
NO_NEWS = frozenset({DebitOutcome.TOLD_BEFORE, DebitOutcome.OLDER_WORD})


@dataclass(frozen=True, slots=True)
class BankWord:
    """What a bank has said of a claim: the Tokyo day of the debit, and whether it was done.

    bank_code: whose file it was. A payer who changes banks may be debited by both on one day.
    """

    debited_on: date
    is_debited: bool
    bank_code: str


@dataclass(frozen=True, slots=True)
class DebitedClaim:
    """A claim as a result meets it.

    owed_yen: what 消込 has not given it yet, 0 once cancelled. amounts: every amount in yen that it
    has or had. debit_failed: the newest word on it is a failed debit. words: of the bank, so far.
    """

    assessment: Assessment
    owed_yen: Yen
    amounts: frozenset[int]
    debit_failed: bool
    words: tuple[BankWord, ...]


@dataclass(frozen=True, slots=True)
class ToldDebit:
    """One record of a result file; line: in the file, from 1; result: the bank's own code."""

    line: int
    customer_number: str
    amount_yen: Yen
    result: str
    is_debited: bool


@dataclass(frozen=True, slots=True)
class JudgedDebit:
    """What a record does. assessment_id: the claim on which it is the bank's word.

    sets_failed: True makes the claim payable by slip, False takes that back, None changes nothing.
    field, reason: what a clerk must look at, both empty unless the outcome is FOR_CLERK.
    """

    told: ToldDebit
    outcome: DebitOutcome
    assessment_id: UUID | None = None
    sets_failed: bool | None = None
    field: str = ""
    reason: str = ""


def debited_day(mmdd: str, today: date) -> date | None:
    """Return the day of that month and day in the half year up to today; None: there is none.

    The file says no year. One that is handed in before its day would be of last year: it has none.
    """
    for year in (today.year, today.year - 1):
        try:
            found = date(year, int(mmdd[:2]), int(mmdd[2:]))
        except ValueError:  # 0229
            continue
        if timedelta(0) <= today - found <= timedelta(days=DAYS_BACK_MAX):
            return found
    return None


def claim_key(customer_number: str) -> AssessmentKey | None:
    """Return 賦課年度, 通知書番号 and 期 that a customer number names; None: it names no claim."""
    try:
        customer = read_debit_customer(customer_number)
    except KeyProblem:
        return None
    return customer.levy_year, customer.notice_number, customer.instalment


def by_failed_debit(claim: Assessment) -> Assessment:
    """Return a claim whose debit failed as its slip is made: it may have no 取扱期限 of its own.

    A claim that is paid by debit comes without one, and then ends as it falls due; its slip ends
    by the contract's rule alone. One that came with a limit date keeps it.
    """
    return claim if claim.limit_date > claim.due_date else replace(claim, limit_date=date.max)


def judge_all(
    claims: Mapping[AssessmentKey, DebitedClaim],
    debited_on: date,
    records: Sequence[ToldDebit],
    bank_code: str,
) -> list[JudgedDebit]:
    """Return what each record of one bank's file does, in their order.

    The newest word holds: that on the later day of debit, on the same day what is told later; but
    a debit that was done ends what a failed one has made payable, of whatever day it is. A record
    that does not name a claim beyond doubt (doubt_of) is no word on any claim; a file that says
    both of one claim says nothing of it; one that says twice that it was done took it twice.
    """
    says: defaultdict[str, set[bool]] = defaultdict(set)
    for told in records:
        says[told.customer_number].add(told.is_debited)
    judged, heard = [], set()
    for told in records:
        claim = claims.get(claim_key(told.customer_number) or NO_CLAIM)
        doubt = doubt_of(claim, debited_on, told)
        if claim is None or doubt is not None:
            judged.append(_for_clerk(told, doubt or NOT_KNOWN))
        elif len(says[told.customer_number]) > 1:
            judged.append(_for_clerk(told, ("result", "contradicts_other_line")))
        elif claim.assessment.id in heard:
            judged.append(_again(claim, told))
        else:
            heard.add(claim.assessment.id)
            judged.append(_word(claim, BankWord(debited_on, told.is_debited, bank_code), told))
    return judged


def doubt_of(
    claim: DebitedClaim | None, debited_on: date, told: ToldDebit
) -> tuple[str, str] | None:
    """Return field and code of what makes it doubtful that a record is about this claim.

    It may ask for what the claim has, once had, or still owes; its day of debit is not before the
    claim's fiscal year (1 April).
    """
    if claim_key(told.customer_number) is None:
        return "customer_number", "malformed_customer_number"
    if claim is None:
        return NOT_KNOWN
    assessment = claim.assessment
    if assessment.payment_method not in (PAYABLE_BY_SLIP, PAYABLE_BY_DEBIT):
        return "customer_number", "not_by_debit"
    if int(told.amount_yen) not in {*claim.amounts, int(claim.owed_yen)}:
        return "amount_yen", "amount_differs"
    if debited_on < date(assessment.fiscal_year, FISCAL_YEAR_MONTH, 1):
        return "debited_mmdd", "before_fiscal_year"
    return None


def newly_said(judged: Sequence[JudgedDebit]) -> set[AssessmentKey]:
    """Return the claims on which the bank has said something clear and new."""
    clear = (j for j in judged if not j.reason and j.outcome not in NO_NEWS)
    keys = {claim_key(j.told.customer_number) for j in clear}
    return {key for key in keys if key is not None}


def finding(judged: JudgedDebit, subject_id: str) -> Finding:
    """Return the exception that shows a record to a clerk; it names place and reason, no person."""
    told = judged.told
    detail = f"Line {told.line} of a direct debit result, {judged.field}: {judged.reason}."
    return Finding(
        ExceptionCode.DEBIT_RESULT_UNMATCHED, "debit_result", subject_id, told.amount_yen, detail
    )


def _again(claim: DebitedClaim, told: ToldDebit) -> JudgedDebit:
    """Judge what one file says of a claim a second time: money that was taken is no repetition."""
    if not told.is_debited:
        return _said(claim, told, DebitOutcome.TOLD_BEFORE)
    return _said(claim, told, DebitOutcome.FOR_CLERK, ("result", "debited_twice"))


def _word(claim: DebitedClaim, word: BankWord, told: ToldDebit) -> JudgedDebit:
    """Judge a bank's word on a claim, by what was said before and how the claim stands.

    A word that its bank has taken back since and now says again may be an old file in other bytes.
    """
    if _told_before(claim, word):
        return _said(claim, told, DebitOutcome.TOLD_BEFORE)
    if word in claim.words:
        return _for_clerk(told, ("result", "contradicts_earlier_word"))
    this = (word.debited_on, word.bank_code)
    done_elsewhere = any(done for debit, done in _by_debit(claim).items() if debit != this)
    told_of_later = any(each.debited_on > word.debited_on for each in claim.words)
    if word.is_debited:
        return _debited(claim, told, twice=done_elsewhere, after_later=told_of_later)
    if told_of_later:
        return _said(claim, told, DebitOutcome.OLDER_WORD)
    return _failed(claim, told, after=done_elsewhere)


def _told_before(claim: DebitedClaim, word: BankWord) -> bool:
    """Say whether a word stands: its bank's last of that day, or any bank's that it failed then."""
    said = _by_debit(claim).get((word.debited_on, word.bank_code))
    of_day = {each.debited_on: each.is_debited for each in claim.words}
    failed_before = not word.is_debited and of_day.get(word.debited_on) is False
    return said is word.is_debited or failed_before


def _by_debit(claim: DebitedClaim) -> dict[tuple[date, str], bool]:
    """Return by day and bank what was said last: whether the debit was done."""
    return {(each.debited_on, each.bank_code): each.is_debited for each in claim.words}


def _debited(
    claim: DebitedClaim, told: ToldDebit, *, twice: bool, after_later: bool
) -> JudgedDebit:
    """Keep a success, of whatever day: the money was taken, so no failed debit counts any more.

    twice: a debit of another day or bank was done too; after_later: one on a later day has failed.
    """
    doubtful = {
        "debited_twice": twice,
        "debited_before_failure": after_later,
        "debited_though_by_slip": claim.assessment.payment_method == PAYABLE_BY_SLIP,
        "debited_though_nothing_owed": not claim.owed_yen,
    }
    reason = next((reason for reason, holds in doubtful.items() if holds), "")
    taken_back = False if claim.debit_failed else None
    if reason:
        why = ("result", reason)
        return _said(claim, told, DebitOutcome.FOR_CLERK, why, sets_failed=taken_back)
    outcome = DebitOutcome.DEBITED_AFTER_ALL if claim.debit_failed else DebitOutcome.DEBITED
    return _said(claim, told, outcome, sets_failed=taken_back)


def _failed(claim: DebitedClaim, told: ToldDebit, *, after: bool) -> JudgedDebit:
    """Make a claim payable by slip; after: a debit on another day or of another bank was done."""
    if claim.debit_failed or claim.assessment.payment_method == PAYABLE_BY_SLIP:
        return _said(claim, told, DebitOutcome.ALREADY_BY_SLIP)
    if after:
        return _said(claim, told, DebitOutcome.FOR_CLERK, ("result", "failed_after_debited"))
    if claim.assessment.instalment == 0:
        lump_sum = ("customer_number", "lump_sum_not_taken")
        return _said(claim, told, DebitOutcome.FOR_CLERK, lump_sum)
    outcome = DebitOutcome.MADE_PAYABLE if claim.owed_yen else DebitOutcome.NOTHING_OWED
    return _said(claim, told, outcome, sets_failed=True)


def _said(
    claim: DebitedClaim,
    told: ToldDebit,
    outcome: DebitOutcome,
    why: tuple[str, str] = ("", ""),
    *,
    sets_failed: bool | None = None,
) -> JudgedDebit:
    return JudgedDebit(told, outcome, claim.assessment.id, sets_failed, *why)


def _for_clerk(told: ToldDebit, why: tuple[str, str]) -> JudgedDebit:
    return JudgedDebit(told, DebitOutcome.FOR_CLERK, None, None, *why)
