"""Every claim that is payable by slip has the slip that it needs, with a barcode and Pay-easy keys.

Compares claims with their newest slips; tells the centre nothing: that is planned from the slips.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.ward_gateway.domain.contracts import WardContract
from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.slip_runs import Printing, SlipRun, instalment_run, lump_sum_run
from services.ward_gateway.store.unit_of_work import UnitOfWork
from shared.kit.ids import new_id

Confirm = Callable[[str], str]
LEFT_OUT = (ExceptionCode.SLIP_ISSUES_USED_UP, ExceptionCode.SLIP_LIMIT_PASSED)


@dataclass(frozen=True)
class Issued:
    """How many slips this run made, how many of them replace another, how many there were already.

    left_out: claims and notices that need a slip and cannot have one.
    """

    issued: int
    reissued: int
    left_out: int
    existing: int


async def issue_slips(
    open_unit_of_work: Callable[[], UnitOfWork],
    contract: WardContract,
    confirm: Confirm,
    fiscal_year: int,
    *,
    lump_sum: bool = False,
    notice_number: str | None = None,
) -> Issued:
    """Issue the slips that a year's claims need; a second run issues nothing. One transaction.

    1. A claim without a slip gets its first, one whose slip is not right any more the next issue
    (next_issue). lump_sum: 2. Each notice that owes two instalments or more gets one slip over all
    of them beside. 3. A claim that cannot have the slip it needs becomes an exception. Payable at
    the centre from today, or later as the centre's cut-off has it. notice_number: all this for
    that notice alone, as when its payer asks.
    """
    async with open_unit_of_work() as work:
        await work.assessments.lock()
        existing = await work.slips.count(fiscal_year)
        printing = _printing(work, contract, confirm)
        owing = await work.slip_runs.of_year(fiscal_year, notice_number)
        run = instalment_run(owing, printing)
        await work.exceptions.open_many(run.left_out)
        if lump_sum:
            notices = await work.slip_runs.lump_sums(fiscal_year, notice_number)
            lumps = lump_sum_run(notices, printing)
            run = SlipRun([*run.new, *lumps.new], [*run.left_out, *lumps.left_out])
        await work.slips.add(run.new, work.clock.now())
        await work.commit()
    return Issued(len(run.new), _replaced(run), len(run.left_out), existing)


async def renew_slips(
    open_unit_of_work: Callable[[], UnitOfWork], contract: WardContract, confirm: Confirm
) -> dict[str, int]:
    """Issue what corrections and payments have made necessary, in every year that has slips.

    Exceptions of claims that cannot have their slip are opened, and closed once they need none or
    have it. Returns what was counted; nothing to do is an empty answer.
    """
    async with open_unit_of_work() as work:
        await work.assessments.lock()
        owing = await work.slip_runs.of_issued_years()
        run = instalment_run(owing, _printing(work, contract, confirm))
        told = set(LEFT_OUT) & await work.exceptions.open_codes()
        if not (run.new or run.left_out or told):
            return {}
        for code in LEFT_OUT:
            findings = [finding for finding in run.left_out if finding.code == code]
            await work.exceptions.settle(code, findings)
        await work.slips.add(run.new, work.clock.now())
        await work.commit()
    counts = {
        "slips_issued": len(run.new),
        "slips_replaced": _replaced(run),
        "slips_left_out": len(run.left_out),
    }
    return {name: count for name, count in counts.items() if count}


def _printing(work: UnitOfWork, contract: WardContract, confirm: Confirm) -> Printing:
    return Printing(contract, work.clock.today(), confirm, new_id)


def _replaced(run: SlipRun) -> int:
    return sum(new.replaces is not None for new in run.new)
