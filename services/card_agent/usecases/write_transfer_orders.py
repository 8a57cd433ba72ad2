"""Order the transfers of 代理納付: what was commissioned is paid, whether or not we were paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from services.card_agent.domain.contracts import Contract, Contracts
from services.card_agent.domain.transfer_orders import (
    DueCommission,
    TransferOrder,
    bank_reference,
    plan_orders,
)
from services.card_agent.store.unit_of_work import UnitOfWork
from shared.kit.calendar import japanese_banks
from shared.kit.clock import Clock, tokyo_date, tokyo_time
from shared.kit.ids import new_id
from shared.kit.money import ZERO_YEN

WRITTEN_FROM_HOUR = 7


def last_day_to_order(now: datetime) -> date:
    """Return the last value date whose orders may be written: today from 07:00, Tokyo."""
    today = tokyo_date(now)
    return today if now >= tokyo_time(today, WRITTEN_FROM_HOUR) else today - timedelta(days=1)


async def write_transfer_orders(
    *, contracts: Contracts, clock: Clock, open_unit_of_work: Callable[[], UnitOfWork]
) -> Mapping[str, int]:
    """Write every order whose value date has come; return how many, and how many commissions.

    Each municipality is one transaction: its orders, and its commissions AUTHORISED -> REMITTED.
    """
    orders = commissions = 0
    last_day = last_day_to_order(clock.now())
    late_day = last_day if japanese_banks().is_business_day(last_day) else None
    for municipality in contracts.municipalities():
        async with open_unit_of_work() as work:
            due = await work.authorisations.due(municipality, last_day)
            written = await work.transfer_orders.written_dates(municipality)
            plan = plan_orders(due, written, late_day)
            for value_date, paid in sorted(plan.items()):
                await _write(work, contracts.of(municipality), value_date, paid)
            await work.commit()
        orders += len(plan)
        commissions += sum(map(len, plan.values()))
    return {"orders": orders, "commissions": commissions}


async def _write(
    work: UnitOfWork, contract: Contract, value_date: date, paid: Sequence[DueCommission]
) -> None:
    order = TransferOrder(
        id=new_id(),
        municipality=contract.municipality,
        value_date=value_date,
        amount_yen=sum((c.amount_yen for c in paid), ZERO_YEN),
        remitter_code=contract.remitter_code,
        remitter_name_kana=contract.remitter_name_kana,
        bank_reference=bank_reference(contract.remitter_code, value_date),
    )
    await work.transfer_orders.add(order)
    await work.authorisations.remit(order, [c.id for c in paid])
