"""An operator unlocks a key for a bank, for a reason and on a document, before the day is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.lgwan_asp.domain.contracts import Contracts
from services.lgwan_asp.domain.inquiries import BillKey
from services.lgwan_asp.domain.refusals import KeyNotLocked
from services.lgwan_asp.domain.service_hours import service_day
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork
from shared.kit.clock import TOKYO, Clock


@dataclass(frozen=True, slots=True)
class Unlock:
    """What is unlocked, and why; reason is a code, document_number names the paper."""

    key: BillKey
    bank_code: str
    reason: str
    document_number: str


@dataclass(frozen=True, slots=True)
class Unlocked:
    """How many wrong numbers were forgotten, and when."""

    wrong_numbers: int
    unlocked_at: datetime


async def unlock_key(
    unlock: Unlock,
    *,
    contracts: Contracts,
    open_unit_of_work: OpenUnitOfWork,
    clock: Clock,
    wrong_numbers_max: int,
) -> Unlocked:
    """Forget a locked key's wrong numbers of this service day; write down who, why, on what paper.

    The wrong numbers also leave the bank's share, for somebody stood for them; a bank that is slow
    stays so. Ends as KeyNotLocked if there is no such lock, so a repeat changes nothing.
    """
    contract = contracts.of_institution(unlock.key.institution_number)
    if contract is None:
        raise KeyNotLocked
    now = clock.now()
    day = service_day(now.astimezone(TOKYO), contract.service_day_start)
    async with open_unit_of_work() as work:
        count = await work.bills.unlock(
            unlock.key,
            bank_code=unlock.bank_code,
            service_day=day,
            wrong_numbers_max=wrong_numbers_max,
        )
        if count is None:
            raise KeyNotLocked
        row_id = await work.slow_banks.note_unlock(
            unlock.key,
            municipality=contract.municipality,
            bank_code=unlock.bank_code,
            service_day=day,
            wrong_numbers=count,
            reason=unlock.reason,
            document_number=unlock.document_number,
            at=now,
        )
        await work.journal.audit(
            "key_unlocked",
            "unlocks",
            row_id,
            municipality=contract.municipality,
            details={"reason": unlock.reason, "document_number": unlock.document_number},
        )
        await work.commit()
    return Unlocked(count, now)
