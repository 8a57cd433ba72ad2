"""A bank asks with a slip's key (照会): the bill and a session, or one result code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from services.lgwan_asp.domain.contracts import Contract, Contracts
from services.lgwan_asp.domain.exceptions import ExceptionCode
from services.lgwan_asp.domain.inquiries import (
    Asked,
    Bill,
    BillFacts,
    BillKey,
    InquirySession,
    TelegramCode,
    answer_before_the_key,
    answer_to,
)
from services.lgwan_asp.domain.late_charges import RateUnknown, late_charge
from services.lgwan_asp.domain.service_hours import OutageKind, service_at, service_day
from services.lgwan_asp.domain.slow_banks import GuessLimits, is_slow
from services.lgwan_asp.store.telegrams import TelegramStore
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork, UnitOfWork
from services.lgwan_asp.usecases.slow_lane import SlowLane
from shared.kit.clock import TOKYO, Clock, tokyo_time
from shared.kit.ids import new_id
from shared.kit.logs import logger
from shared.kit.money import ZERO_YEN
from shared.kit.problems import Overloaded

DECIDED_ANEW_MAX = 5
"""How often one bill may change under one inquiry before the bank is asked to come again."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What came over the wire; bank_code is the one that the certificate proved."""

    key: BillKey
    confirmation_number: str
    bank_code: str
    branch_code: str
    medium: str
    trace_number: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The result code; with OK, the bill and its session (which has the amounts that are told)."""

    code: TelegramCode
    bill: Bill | None = None
    session: InquirySession | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """An inquiry at one instant, with what its contract makes of the time."""

    inquiry: Inquiry
    contract: Contract
    now: datetime
    limits: GuessLimits

    @property
    def local(self) -> datetime:
        return self.now.astimezone(TOKYO)

    @property
    def service_day(self) -> date:
        return service_day(self.local, self.contract.service_day_start)

    @property
    def day_began(self) -> datetime:
        start = self.contract.service_day_start
        return tokyo_time(self.service_day, start.hour, start.minute)

    @property
    def effective_until(self) -> date:
        in_effect = self.local.time() >= self.contract.effective_time
        return self.local.date() if in_effect else self.local.date() - timedelta(days=1)

    def asked(self, outage: OutageKind | None) -> Asked:
        return Asked(
            service=service_at(self.local, self.contract.closed_weekly, outage),
            bank_is_appointed=self.inquiry.bank_code in self.contract.appointed_banks,
            confirmation_number=self.inquiry.confirmation_number,
            now=self.now,
            today=self.local.date(),
            wrong_numbers_max=self.limits.wrong_numbers_max,
        )

    def answer(self, facts: BillFacts | None, outage: OutageKind | None) -> TelegramCode:
        if facts is None:
            return answer_to(None, self.asked(outage), None)
        start = self.contract.effective_time
        effective_at = tokyo_time(facts.bill.effective_on, start.hour, start.minute)
        return answer_to(facts, self.asked(outage), effective_at)


class _Again(Enum):
    """Why an inquiry must be asked once more; nothing was recorded."""

    BANK_IS_SLOW = 1
    BILL_CHANGED = 2


async def inquire(
    inquiry: Inquiry,
    *,
    contracts: Contracts,
    telegrams: TelegramStore,
    open_unit_of_work: OpenUnitOfWork,
    clock: Clock,
    limits: GuessLimits,
    slow_lane: SlowLane,
) -> Answered:
    """Answer an inquiry.

    Steps: whose key is it, and may this bank ask (else the key is not looked at); let a bank that
    guesses wait, with nothing recorded and no connection held; read what decides, without a lock;
    decide (domain.inquiries); then open a session, if the bill still stands as it was read, or
    count a wrong confirmation number. What changed under our hands is decided anew. A session of
    another payer does not stand in the way.

    Ends with one of the codes of answer_to; 90 also where a late charge is due for which the
    contract has no rate; Overloaded, with nothing recorded, if too many telegrams, or inquiries of
    a slow bank, wait already, or a bill changes again and again.
    """
    contract = contracts.of_institution(inquiry.key.institution_number)
    if contract is None or inquiry.bank_code not in contract.appointed_banks:
        return Answered(await _without_the_key(contract, open_unit_of_work, clock.now()))
    has_waited = False
    for _ in range(DECIDED_ANEW_MAX):
        question = _Question(inquiry, contract, clock.now(), limits)
        answered = await _ask(question, telegrams, open_unit_of_work, has_waited=has_waited)
        if isinstance(answered, Answered):
            return answered
        if answered is _Again.BANK_IS_SLOW:
            await slow_lane.wait(inquiry.bank_code)
            has_waited = True
    raise Overloaded


async def _without_the_key(
    contract: Contract | None, open_unit_of_work: OpenUnitOfWork, now: datetime
) -> TelegramCode:
    """Answer where the key is nobody's (10) or the bank is not appointed (13), or no service is."""
    async with open_unit_of_work() as work:
        outage = await work.outages.at(now, contract.municipality if contract else "")
    closed_weekly = contract.closed_weekly if contract else ()
    asked = Asked(
        service=service_at(now.astimezone(TOKYO), closed_weekly, outage),
        bank_is_appointed=contract is None,
        confirmation_number="",
        now=now,
        today=now.astimezone(TOKYO).date(),
        wrong_numbers_max=0,
    )
    return answer_to(None, asked, None)


async def _ask(
    question: _Question,
    telegrams: TelegramStore,
    open_unit_of_work: OpenUnitOfWork,
    *,
    has_waited: bool,
) -> Answered | _Again:
    """Read, decide and record; or say why that must be done once more."""
    inquiry = question.inquiry
    found = await telegrams.facts(
        inquiry.key,
        municipality=question.contract.municipality,
        bank_code=inquiry.bank_code,
        service_day=question.service_day,
        effective_until=question.effective_until,
        now=question.now,
    )
    no_service = answer_before_the_key(question.asked(found.outage)) is not None
    if found.bank_is_slow and not has_waited and not no_service:
        return _Again.BANK_IS_SLOW
    code = question.answer(found.bill, found.outage)
    if found.bill is None or code not in {
        TelegramCode.OK,
        TelegramCode.WRONG_CONFIRMATION_NUMBER,
    }:
        return Answered(code)
    if code is TelegramCode.WRONG_CONFIRMATION_NUMBER:
        async with open_unit_of_work() as work:
            code = await _count(work, question, bank_is_slow=found.bank_is_slow)
        return Answered(code)
    return await _open_session(found.bill.bill, question, telegrams, open_unit_of_work)


async def _open_session(
    bill: Bill, question: _Question, telegrams: TelegramStore, open_unit_of_work: OpenUnitOfWork
) -> Answered | _Again:
    try:
        session = _session_of(bill, question)
    except RateUnknown as error:
        code, town = ExceptionCode.LATE_CHARGE_RATE_MISSING, bill.municipality
        async with open_unit_of_work() as work:
            await work.exceptions.open(code, town, municipality=town, at=question.now)
            await work.commit()
        logger().warning("late_charge_rate_missing", municipality=town, reason=str(error))
        return Answered(TelegramCode.SYSTEM_FAILURE)
    opened = await telegrams.open_session(
        session,
        bill,
        service_day=question.service_day,
        wrong_numbers_max=question.limits.wrong_numbers_max,
    )
    if not opened:
        return _Again.BILL_CHANGED
    return Answered(TelegramCode.OK, bill, session)


def _session_of(bill: Bill, question: _Question) -> InquirySession:
    """Make the session: the bill's amounts, and the late charge that the contract adds."""
    inquiry, contract, now = question.inquiry, question.contract, question.now
    added = ZERO_YEN
    if contract.late_charge is not None and bill.late_charge_yen == ZERO_YEN:
        today = question.local.date()
        added = late_charge(bill.principal_yen, bill.due_date, today, contract.late_charge)
    return InquirySession(
        id=new_id(),
        municipality=bill.municipality,
        key=bill.key,
        bank_code=inquiry.bank_code,
        branch_code=inquiry.branch_code,
        medium=inquiry.medium,
        trace_number=inquiry.trace_number,
        amount_yen=bill.amount_yen + added,
        principal_yen=bill.principal_yen,
        late_charge_yen=bill.late_charge_yen + added,
        notice_number=bill.notice_number,
        levy_year=bill.levy_year,
        instalment=bill.instalment,
        opened_at=now,
        valid_until=now + timedelta(minutes=contract.inquiry_session_minutes),
    )


async def _count(work: UnitOfWork, question: _Question, *, bank_is_slow: bool) -> TelegramCode:
    """Count a wrong number; see whether the key is locked now, and whether the bank guesses.

    Of many guesses at once only as many learn 11 as the limit allows; the rest learn 12.
    """
    bank_code, limits = question.inquiry.bank_code, question.limits
    count = await work.bills.count_wrong_number(
        question.inquiry.key,
        municipality=question.contract.municipality,
        bank_code=bank_code,
        service_day=question.service_day,
    )
    if count == limits.wrong_numbers_max or not bank_is_slow:
        await _look_at_the_bank(work, question, locked=count == limits.wrong_numbers_max)
    await work.commit()
    wrong, locked = TelegramCode.WRONG_CONFIRMATION_NUMBER, TelegramCode.LOCKED
    return wrong if count <= limits.wrong_numbers_max else locked


async def _look_at_the_bank(work: UnitOfWork, question: _Question, *, locked: bool) -> None:
    """Open an exception for a lock, and slow a bank down whose share of wrong numbers is high."""
    town, bank_code = question.contract.municipality, question.inquiry.bank_code
    day = await work.slow_banks.day(
        municipality=town,
        bank_code=bank_code,
        service_day=question.service_day,
        day_began=question.day_began,
        wrong_numbers_max=question.limits.wrong_numbers_max,
    )
    subject = f"{bank_code}/{question.service_day.isoformat()}"
    if locked:
        which = f"{subject}/{day.locked_keys}"
        await work.exceptions.open(
            ExceptionCode.KEY_LOCKED, which, municipality=town, at=question.now
        )
        logger().warning("key_locked", bank=bank_code, municipality=town, locked=day.locked_keys)
    if not is_slow(day, question.limits):
        return
    if await work.slow_banks.slow_down(
        day,
        municipality=town,
        bank_code=bank_code,
        service_day=question.service_day,
        since=question.now,
    ):
        code = ExceptionCode.BANK_WRONG_NUMBERS_HIGH
        await work.exceptions.open(code, subject, municipality=town, at=question.now)
        logger().warning(code.value, bank=bank_code, municipality=town, wrong=day.wrong)
