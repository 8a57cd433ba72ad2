"""Order the transfers of 代理納付: what was commissioned is paid, whether or not we were paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from services.card_agent.domain.contracts import Contract, Contracts
from services.card_agent.domain.remittance_troubles import Remittance, remittance_on
from services.card_agent.domain.transfer_orders import TransferOrder, bank_reference
from services.card_agent.store.unit_of_work import UnitOfWork
from shared.kit.calendar import japanese_banks
from shared.kit.clock import Clock, tokyo_date, tokyo_time
from shared.kit.ids import new_id
from shared.wire.transfer_orders import ORDERS_UNTIL_HOUR

WRITTEN_FROM_HOUR = 7


def day_to_order(now: datetime) -> date | None:
    """Return the value date of an order written now: today, from 07:00 to the banks' cut-off.

    None at any other time, and while banks are closed: the next morning's order pays it. Never a
    day that has passed: the bank would not book it, and the money would not be moved.
    """
    today = tokyo_date(now)
    first, last = tokyo_time(today, WRITTEN_FROM_HOUR), tokyo_time(today, ORDERS_UNTIL_HOUR)
    return today if first <= now < last and japanese_banks().is_business_day(today) else None


async def write_transfer_orders(
    *, contracts: Contracts, clock: Clock, open_unit_of_work: Callable[[], UnitOfWork]
) -> Mapping[str, int]:
    """Write today's order of each municipality; return how many, and how many commissions.

    It pays every commission whose designated date has come and which no order pays yet, so what
    was settled late, or fell due on a day on which this did not run, is paid now, and reported as
    late. One that comes after today's order waits for the next bank day. In the sandbox a planned
    trouble may hold some back, or make the order short of yen. Each municipality is one
    transaction: its order, and its commissions AUTHORISED -> REMITTED.
    """
    counts = {"orders": 0, "commissions": 0}
    day = day_to_order(clock.now())
    if day is None:
        return counts
    for municipality in contracts.municipalities():
        async with open_unit_of_work() as work:
            due = await work.authorisations.due(municipality, day)
            if not due or await work.transfer_orders.is_written(municipality, day):
                continue
            troubles = await work.remittance_troubles.up_to(municipality, day)
            remittance = remittance_on(day, due, troubles, japanese_banks())
            if not remittance.commissions:
                continue
            await _write(work, contracts.of(municipality), day, remittance)
            await work.commit()
        counts["orders"] += 1
        counts["commissions"] += len(remittance.commissions)
    return counts


async def _write(
    work: UnitOfWork, contract: Contract, value_date: date, remittance: Remittance
) -> None:
    order = TransferOrder(
        id=new_id(),
        municipality=contract.municipality,
        value_date=value_date,
        amount_yen=remittance.amount_yen,
        remitter_code=contract.remitter_code,
        remitter_name_kana=contract.remitter_name_kana,
        bank_reference=bank_reference(contract.remitter_code, value_date),
    )
    await work.transfer_orders.add(order)
    await work.authorisations.remit(order, [c.id for c in remittance.commissions])
