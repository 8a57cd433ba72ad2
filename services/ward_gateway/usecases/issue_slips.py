"""Every claim of a year that is payable by slip gets its slip, with a barcode and Pay-easy keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.ward_gateway.domain.contracts import WardContract
from services.ward_gateway.domain.slips import slip_of
from services.ward_gateway.store.unit_of_work import UnitOfWork
from shared.kit.ids import new_id

Confirm = Callable[[str], str]


@dataclass(frozen=True)
class Issued:
    """How many slips this run made, and how many there were already."""

    issued: int
    existing: int


async def issue_slips(
    open_unit_of_work: Callable[[], UnitOfWork],
    contract: WardContract,
    confirm: Confirm,
    fiscal_year: int,
) -> Issued:
    """Issue instalment slips for all claims of a year that have none; a second run issues nothing.

    Payable at the centre from today, or later as the centre's cut-off has it. One transaction.
    """
    async with open_unit_of_work() as work:
        await work.assessments.lock()
        existing = await work.slips.count(fiscal_year)
        assessments = await work.assessments.without_slip(fiscal_year)
        today = work.clock.today()
        slips = [slip_of(each, new_id(), contract, today, confirm) for each in assessments]
        await work.slips.add(slips, work.clock.now())
        await work.commit()
    return Issued(issued=len(slips), existing=existing)
