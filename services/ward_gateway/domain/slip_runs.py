"""Which slips a run issues: the first, the next after a correction, and one over a whole notice.

Pure; compares what a claim still owes with what its newest slip says, and needs no event for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.ward_gateway.domain.assessments import Assessment
from services.ward_gateway.domain.contracts import WardContract
from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from services.ward_gateway.domain.slips import Slip, limit_of, slip_of
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.money import Yen

ISSUES_MAX = 99
"""The last 発行回数 that a payment number can say; past the 9th no barcode is printed (§1.1)."""
LUMP_SUM_INSTALMENTS_MIN = 2
USED_UP = "No issue number is left for this claim: 99 is the last that a payment number can say."
PAST = "A slip is needed, but its 取扱期限 has passed; a correction must bring a new one."


class PrintedSlip(NamedTuple):
    """The newest instalment slip of a claim; corrections: 更正回数 of the claim as printed."""

    slip_id: UUID
    issue: int
    asks_yen: int
    limit_date: date
    corrections: int


class PrintedLumpSum(NamedTuple):
    """The newest lump-sum slip of a notice and year, with what it asks for each claim."""

    slip_id: UUID
    limit_date: date
    asks_yen: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Owing:
    """A claim payable by slip, with the yen that nothing has paid yet (more than 0)."""

    assessment: Assessment
    owed_yen: Yen
    newest: PrintedSlip | None


class OwedNotice(NamedTuple):
    """What a notice owes of one 会計年度, beside the newest lump-sum slip over that.

    next_issue: the 発行回数 of its next lump sum, counted over all years: a payment number says
    賦課年度 and notice, and no 会計年度.
    """

    owing: Sequence[Owing]
    newest: PrintedLumpSum | None
    next_issue: int


class PrintedItem(NamedTuple):
    """How much of a claim a slip asks for, and the claim's 更正回数 as it is printed."""

    assessment_id: UUID
    amount_yen: Yen
    corrections: int


@dataclass(frozen=True, slots=True)
class NewSlip:
    """A slip to issue, what it pays, and the slip that it replaces."""

    slip: Slip
    items: tuple[PrintedItem, ...]
    replaces: UUID | None


@dataclass
class SlipRun:
    """What a run issues, and the claims that need a slip and cannot have one."""

    new: list[NewSlip] = field(default_factory=list)
    left_out: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Printing:
    """What making slips needs. confirm: payment number -> confirmation number (DOMAIN §2.6)."""

    contract: WardContract
    today: date
    confirm: Callable[[str], str]
    new_id: Callable[[], UUID]


def instalment_run(owing: Iterable[Owing], printing: Printing) -> SlipRun:
    """Return the next slip of each claim whose newest one is not right, or why there is none."""
    run = SlipRun()
    for each in owing:
        issue = next_issue(each, printing.contract)
        if issue is None:
            continue
        code = _hindrance(issue, limit_of(each.assessment, printing.contract), printing.today)
        if code is not None:
            run.left_out.append(_finding(code, each))
            continue
        run.new.append(_instalment_slip(each, issue, printing))
    return run


def next_issue(owing: Owing, contract: WardContract) -> int | None:
    """Return the 発行回数 of the slip that a claim needs; None: its newest slip is right.

    Right is a slip that asks for what is owed, ends when the claim as it was last corrected says,
    and is of no earlier issue than the standard system counts. A contract that changes alone makes
    no slip wrong. After an increase of a claim that was paid, the next asks for the difference.
    """
    claim, newest = owing.assessment, owing.newest
    if newest is None:
        return claim.issue
    corrected = newest.corrections != claim.corrections
    right = (
        newest.asks_yen == owing.owed_yen
        and newest.issue >= claim.issue
        and not (corrected and newest.limit_date != limit_of(claim, contract))
    )
    return None if right else max(newest.issue + 1, claim.issue)


def lump_sum_run(notices: Iterable[OwedNotice], printing: Printing) -> SlipRun:
    """Return a slip over all instalments that a notice still owes, two at least (全期前納).

    A newest one that asks for exactly these and has not ended is right. It falls due and ends with
    the first of its instalments that is not past due: before the first one is due, with that.
    """
    run = SlipRun()
    for owing, newest, issue in notices:
        if len(owing) < LUMP_SUM_INSTALMENTS_MIN or _stands(newest, owing, printing.today):
            continue
        lead = _lead(owing, printing.today).assessment
        code = _hindrance(issue, limit_of(lead, printing.contract), printing.today)
        if code is not None:
            run.left_out.append(_finding(code, owing[0]))
            continue
        run.new.append(_lump_sum_slip(owing, lead, issue, newest, printing))
    return run


def _stands(newest: PrintedLumpSum | None, owing: Sequence[Owing], today: date) -> bool:
    wanted = {each.assessment.id: int(each.owed_yen) for each in owing}
    return newest is not None and newest.limit_date >= today and newest.asks_yen == wanted


def _lead(owing: Sequence[Owing], today: date) -> Owing:
    by_due = sorted(owing, key=lambda each: each.assessment.due_date)
    return next((each for each in by_due if each.assessment.due_date >= today), by_due[-1])


def _hindrance(issue: int, limit_date: date, today: date) -> ExceptionCode | None:
    if issue > ISSUES_MAX:
        return ExceptionCode.SLIP_ISSUES_USED_UP
    return ExceptionCode.SLIP_LIMIT_PASSED if limit_date < today else None


def _finding(code: ExceptionCode, owing: Owing) -> Finding:
    detail = USED_UP if code is ExceptionCode.SLIP_ISSUES_USED_UP else PAST
    return Finding(code, "assessment", str(owing.assessment.id), owing.owed_yen, detail)


def _item(owing: Owing) -> PrintedItem:
    claim = owing.assessment
    return PrintedItem(claim.id, owing.owed_yen, claim.corrections)


def _instalment_slip(owing: Owing, issue: int, printing: Printing) -> NewSlip:
    claim = owing.assessment
    number = PaymentNumber(
        SlipType.INSTALMENT, claim.levy_year, claim.instalment, claim.notice_number, issue
    )
    replaces = None if owing.newest is None else owing.newest.slip_id
    slip = _slip(number, claim, owing.owed_yen, printing)
    return NewSlip(slip, (_item(owing),), replaces)


def _lump_sum_slip(
    owing: Sequence[Owing],
    lead: Assessment,
    issue: int,
    newest: PrintedLumpSum | None,
    printing: Printing,
) -> NewSlip:
    number = PaymentNumber(SlipType.LUMP_SUM, lead.levy_year, 0, lead.notice_number, issue)
    total = Yen(sum(int(each.owed_yen) for each in owing))
    items = tuple(_item(each) for each in owing)
    replaces = None if newest is None else newest.slip_id
    return NewSlip(_slip(number, lead, total, printing), items, replaces)


def _slip(number: PaymentNumber, claim: Assessment, yen: Yen, printing: Printing) -> Slip:
    return slip_of(
        claim,
        printing.new_id(),
        printing.contract,
        printing.today,
        printing.confirm,
        number=number,
        amount_yen=yen,
    )
