"""Order the transfers of 代理納付: what was commissioned is paid, whether or not we were paid.

Each order comes with its 計算書, sealed for the ward (BOOKS §1.3, §1.12).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from services.card_agent.domain.contracts import Contract, Contracts
from services.card_agent.domain.remittance_troubles import Remittance, remittance_on
from services.card_agent.domain.transfer_orders import (
    DueCommission,
    TransferOrder,
    bank_reference,
)
from services.card_agent.domain.waiting_files import (
    AGENT_PAY_IN_STATEMENT,
    WAITING_FILES,
    WaitingFile,
)
from services.card_agent.store.unit_of_work import UnitOfWork
from shared.files.csv_tables import FileTotals
from shared.files.keisansho import StatementLine, keisansho_totals, write_keisansho
from shared.files.pay_ins import Taken, pay_in_lines
from shared.keys.barcode import barcode_biller_number
from shared.keys.channels import Channel
from shared.kit.calendar import japanese_banks
from shared.kit.clock import Clock, tokyo_date, tokyo_time
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.wire.transfer_orders import ORDERS_UNTIL_HOUR

WRITTEN_FROM_HOUR = 7

Seal = Callable[[bytes, Contract], bytes]


def day_to_order(now: datetime) -> date | None:
    """Return the value date of an order written now: today, from 07:00 to the banks' cut-off.

    None at any other time, and while banks are closed: the next morning's order pays it. Never a
    day that has passed: the bank would not book it, and the money would not be moved.
    """
    today = tokyo_date(now)
    first, last = tokyo_time(today, WRITTEN_FROM_HOUR), tokyo_time(today, ORDERS_UNTIL_HOUR)
    return today if first <= now < last and japanese_banks().is_business_day(today) else None


async def write_transfer_orders(
    *,
    contracts: Contracts,
    clock: Clock,
    seal: Seal,
    open_unit_of_work: Callable[[], UnitOfWork],
) -> Mapping[str, int]:
    """Write today's order of each municipality; return how many, and how many commissions.

    It pays every commission whose designated date has come and which no order pays yet, so what
    was settled late, or fell due on a day on which this did not run, is paid now, and reported as
    late. One that comes after today's order waits for the next bank day. In the sandbox a planned
    trouble may hold some back, or make the order short of yen. Each municipality is one
    transaction: its order, its commissions AUTHORISED -> REMITTED, and its 計算書.
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
            contract = contracts.of(municipality)
            order = await _write(work, contract, day, remittance)
            content, totals = await _statement(work, order, remittance.commissions)
            if totals.count:
                await _let_wait(work, order, seal(content, contract), totals, clock.now())
            await work.commit()
        counts["orders"] += 1
        counts["commissions"] += len(remittance.commissions)
    return counts


async def _write(
    work: UnitOfWork, contract: Contract, value_date: date, remittance: Remittance
) -> TransferOrder:
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
    return order


async def _statement(
    work: UnitOfWork, order: TransferOrder, commissions: Sequence[DueCommission]
) -> tuple[bytes, FileTotals]:
    """Return the 計算書 of an order's commissions: what it owes, whatever it pays.

    In the sandbox, what no report may tell stands in no 計算書 either; of nothing there is none.
    """
    silent = await work.remittance_troubles.unreported(order.municipality)
    told = [
        Taken(c.authorised_on, barcode_biller_number(c.barcode), c.amount_yen)
        for c in commissions
        if c.id not in silent
    ]
    lines: list[StatementLine] = []
    if told:
        lines = pay_in_lines(
            told,
            municipality=order.municipality,
            channel=Channel.MOBILE_CREDIT,
            remitter_code=order.remitter_code,
            paid_in_on=order.value_date,
        )
    content = write_keisansho(lines)
    return content, keisansho_totals(content, lines)


async def _let_wait(
    work: UnitOfWork, order: TransferOrder, sealed: bytes, totals: FileTotals, now: datetime
) -> None:
    kind, town = AGENT_PAY_IN_STATEMENT, order.municipality
    file = WaitingFile(
        id=new_id(),
        state=WAITING_FILES.initial,
        version=0,
        municipality=town,
        kind=kind,
        sequence=await work.waiting_files.next_sequence(town, kind),
        record_count=totals.count,
        total_yen=Yen(totals.total_yen),
        sha256=hashlib.sha256(sealed).hexdigest(),
        size_bytes=len(sealed),
        created_at=now,
    )
    await work.waiting_files.add(file, sealed)
