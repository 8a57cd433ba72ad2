"""On the morning of a business day: 確報 of every reported receipt whose banks' day is over."""

from __future__ import annotations

from collections import Counter

from services.lgwan_asp.domain.bank_totals import day_of
from services.lgwan_asp.domain.contracts import Contract, Contracts
from services.lgwan_asp.domain.receipts import ReceiptState, may_be_confirmed
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork
from services.lgwan_asp.usecases.compare_bank_totals import settle_bank_totals
from services.lgwan_asp.usecases.write_receipts_file import lines_of, write_receipts_file
from shared.files.codes import DataType
from shared.kit.calendar import japanese_banks
from shared.kit.clock import Clock


async def build_confirmed_file(
    *, contracts: Contracts, open_unit_of_work: OpenUnitOfWork, clock: Clock
) -> Counter[str]:
    """Build one file for each municipality that has something to confirm; return counts.

    Confirmed: REPORTED receipts whose 勘定日 is before today (BOOKS §2.1: the next business day).
    Those of a bank's day whose total differs from ours wait until it agrees (`bank_totals_differ`).
    On a day when banks are closed nothing is confirmed.
    """
    counts: Counter[str] = Counter(files=0, confirmed=0)
    if not japanese_banks().is_business_day(clock.today()):
        return counts
    for contract in contracts.in_order():
        counts.update(await _build(contract, open_unit_of_work, clock))
    return counts


async def _build(
    contract: Contract, open_unit_of_work: OpenUnitOfWork, clock: Clock
) -> Counter[str]:
    today = clock.today()
    async with open_unit_of_work() as work:
        reported = await work.receipts.in_states(
            contract.municipality, ReceiptState.REPORTED, paid_before=today
        )
        due = [
            receipt
            for receipt in reported
            if may_be_confirmed(japanese_banks(), receipt.notification.paid_on, today)
        ]
        compared = await settle_bank_totals(
            work, contract.municipality, {one.notification.paid_on for one in due}, clock
        )
        differing = {one.day for one in compared if not one.agrees}
        waiting = sum(day_of(receipt) in differing for receipt in due)
        due = [receipt for receipt in due if day_of(receipt) not in differing]
        if not due:
            await work.commit()
            return Counter(waiting=waiting) if waiting else Counter()
        lines = lines_of(DataType.CONFIRMED, due)
        file = await write_receipts_file(work, contract, lines, clock)
        await work.receipts.report(
            due, ReceiptState.REPORTED, ReceiptState.CONFIRMED, confirmed_file_id=file.id
        )
        await work.commit()
    confirmed = Counter(files=1, confirmed=len(due))
    return confirmed + Counter(waiting=waiting)
