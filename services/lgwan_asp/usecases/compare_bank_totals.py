"""Hold banks' daily totals against our receipts; both of what follows is in one transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from services.lgwan_asp.domain.bank_totals import (
    BankDay,
    Compared,
    DayTotals,
    TotalsCode,
    refusal,
)
from services.lgwan_asp.domain.contracts import Contracts
from services.lgwan_asp.domain.exceptions import ExceptionCode
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork, UnitOfWork
from shared.kit.clock import Clock
from shared.kit.logs import logger


@dataclass(frozen=True)
class TotalsTaken:
    """The result for the bank; held: what we hold of its day, None where nothing was compared."""

    code: TotalsCode
    held: DayTotals | None = None


async def take_bank_totals(
    day: BankDay,
    totals: DayTotals,
    *,
    contracts: Contracts,
    open_unit_of_work: OpenUnitOfWork,
    clock: Clock,
) -> TotalsTaken:
    """Write a bank's total of a day down and compare it; the same words again change nothing.

    Ends with OK, or DIFFERS and the exception `bank_totals_differ` (both figures are with the bank
    then, and it may tell the day anew), or nothing is written: no such institution, a bank that
    was not appointed, a day that has not come.
    """
    contract = contracts.of_institution(day.institution_number)
    code = refusal(day, contract.appointed_banks if contract else None, clock.today())
    if contract is None or code is not None:
        return TotalsTaken(code or TotalsCode.NO_SUCH_INSTITUTION)
    town, days = contract.municipality, {day.paid_on}
    async with open_unit_of_work() as work:
        before = await work.bank_totals.compared(town, days, day.bank_code)
        if not any(one.day == day and one.told == totals for one in before):
            await work.bank_totals.add(day, totals, municipality=town, told_at=clock.now())
        compared = await settle_bank_totals(work, town, days, clock, bank_code=day.bank_code)
        await work.commit()
    (own,) = (one for one in compared if one.day == day)
    return TotalsTaken(TotalsCode.OK if own.agrees else TotalsCode.DIFFERS, own.held)


async def settle_bank_totals(
    work: UnitOfWork,
    municipality: str,
    days: Collection[date],
    clock: Clock,
    *,
    bank_code: str | None = None,
) -> list[Compared]:
    """Open or close `bank_totals_differ` for these days and those where it is open; return all.

    bank_code: of that bank only. The caller commits.
    """
    compared = await work.bank_totals.compared(municipality, days, bank_code)
    code = ExceptionCode.BANK_TOTALS_DIFFER
    for one in compared:
        if one.agrees:
            await work.exceptions.resolve(code, one.day.subject)
        else:
            await work.exceptions.open(
                code, one.day.subject, municipality=municipality, at=clock.now()
            )
    differing = sum(not one.agrees for one in compared)
    if differing:
        logger().warning("bank_totals_differ", municipality=municipality, count=differing)
    return compared
