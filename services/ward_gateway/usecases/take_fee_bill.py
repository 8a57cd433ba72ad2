"""Take a bill of fees and hold it against the ward's own books; pays nothing, nets nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from services.ward_gateway.domain.fee_bills import (
    FeeBill,
    ItemFees,
    MonthBilled,
    find_in_fee_bills,
)
from services.ward_gateway.domain.refusals import FeeBillReused
from services.ward_gateway.store.unit_of_work import UnitOfWork
from shared.kit.clock import Clock


@dataclass(frozen=True)
class CheckedBill:
    """A bill and the months that it names; differs: an exception of it or of a month is open."""

    bill: FeeBill
    months: tuple[MonthBilled, ...]
    differs: bool


async def take_fee_bill(
    bill: FeeBill,
    fees: ItemFees,
    *,
    open_unit_of_work: Callable[[], UnitOfWork],
    clock: Clock,
) -> CheckedBill:
    """Write a bill down once and bring the exceptions `fee_bill_differs` up to date.

    Steps: take turns with reconciliations; insert; compare all bills with all confirmed receipts
    of their months; settle the exceptions. The same bill again gets the answer of now. Ends as
    FeeBillMalformed, or FeeBillReused (its number stands with another content): nothing is taken.
    """
    bill.demand_form()
    async with open_unit_of_work() as work:
        await work.fundings.lock()
        if not await work.fee_bills.add(bill, clock.now()):
            stored = {one.number: one for one in await work.fee_bills.all()}
            if stored[bill.number] != bill:
                raise FeeBillReused
        findings = await compare_fee_bills(work, fees)
        await work.exceptions.settle(ExceptionCode.FEE_BILL_DIFFERS, findings)
        own = {line.collected_month for line in bill.lines}
        months = tuple(
            month
            for month in await work.fee_bills.months()
            if month.channel == bill.channel and month.collected_month in own
        )
        await work.commit()
    wrong = any(month.billed_count != month.confirmed_count for month in months)
    return CheckedBill(bill, months, wrong or bill.amount_yen != bill.owed_yen(fees))


async def compare_fee_bills(work: UnitOfWork, fees: ItemFees) -> list[Finding]:
    """Return every difference between the bills and the books, in the caller's transaction."""
    return find_in_fee_bills(await work.fee_bills.all(), await work.fee_bills.months(), fees)
