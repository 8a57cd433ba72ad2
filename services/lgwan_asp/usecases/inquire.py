"""A bank asks with a slip's key (照会): the bill and a session, or one result code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.lgwan_asp.domain.contracts import Contract, Contracts
from services.lgwan_asp.domain.inquiries import (
    Asked,
    Bill,
    BillFacts,
    BillKey,
    InquirySession,
    TelegramCode,
    answer_to,
)
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork, UnitOfWork
from shared.kit.clock import TOKYO, Clock, tokyo_time
from shared.kit.ids import new_id


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
    """The result code; with OK, the bill and its session."""

    code: TelegramCode
    bill: Bill | None = None
    session: InquirySession | None = None


async def inquire(
    inquiry: Inquiry,
    *,
    contracts: Contracts,
    open_unit_of_work: OpenUnitOfWork,
    clock: Clock,
    wrong_numbers_max: int,
) -> Answered:
    """Answer an inquiry.

    Steps: whose key is it; lock the bill and read what decides; decide (domain.inquiries); then
    open a session, or count a wrong confirmation number. A session of another payer does not
    stand in the way. Ends with one of the codes of answer_to.
    """
    contract = contracts.of_institution(inquiry.key.institution_number)
    if contract is None:
        return Answered(TelegramCode.NO_SUCH_KEY)
    now = clock.now()
    local = now.astimezone(TOKYO)
    in_effect = local.time() >= contract.effective_time
    async with open_unit_of_work() as work:
        facts = await work.bills.facts(
            inquiry.key,
            bank_code=inquiry.bank_code,
            today=local.date(),
            effective_until=local.date() if in_effect else local.date() - timedelta(days=1),
        )
        code = _decide(facts, inquiry, contract, now, wrong_numbers_max)
        if facts is not None and code is TelegramCode.WRONG_CONFIRMATION_NUMBER:
            await work.bills.count_wrong_number(
                facts.bill, bank_code=inquiry.bank_code, today=local.date()
            )
            await work.commit()
        if facts is None or code is not TelegramCode.OK:
            return Answered(code)
        session = await _open_session(work, facts.bill, inquiry, contract, now)
        await work.commit()
    return Answered(code, facts.bill, session)


def _decide(
    facts: BillFacts | None,
    inquiry: Inquiry,
    contract: Contract,
    now: datetime,
    wrong_numbers_max: int,
) -> TelegramCode:
    asked = Asked(
        bank_code=inquiry.bank_code,
        appointed_banks=contract.appointed_banks,
        confirmation_number=inquiry.confirmation_number,
        now=now,
        today=now.astimezone(TOKYO).date(),
        wrong_numbers_max=wrong_numbers_max,
    )
    if facts is None:
        return answer_to(None, asked, None)
    start = contract.effective_time
    effective_at = tokyo_time(facts.bill.effective_on, start.hour, start.minute)
    return answer_to(facts, asked, effective_at)


async def _open_session(
    work: UnitOfWork, bill: Bill, inquiry: Inquiry, contract: Contract, now: datetime
) -> InquirySession:
    session = InquirySession(
        id=new_id(),
        municipality=bill.municipality,
        key=bill.key,
        bank_code=inquiry.bank_code,
        branch_code=inquiry.branch_code,
        medium=inquiry.medium,
        trace_number=inquiry.trace_number,
        amount_yen=bill.amount_yen,
        notice_number=bill.notice_number,
        levy_year=bill.levy_year,
        instalment=bill.instalment,
        opened_at=now,
        valid_until=now + timedelta(minutes=contract.inquiry_session_minutes),
    )
    await work.sessions.add(session)
    return session
