"""Bills of fees as stored, insert-only, and how many receipts the books have for their months."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Date, cast, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.fee_bills import BilledLine, FeeBill, MonthBilled
from services.ward_gateway.store.agent_tables import FEE_BILL_LINES, FEE_BILLS
from services.ward_gateway.store.balances import CONFIRMED, FUNDED
from services.ward_gateway.store.tables import RECEIPTS
from services.ward_gateway.store.told_commissions import TOKYO
from shared.kit.journal import Journal
from shared.kit.money import Yen

_B, _L = FEE_BILLS.c, FEE_BILL_LINES.c


class FeeBillStore:
    """One row per bill number, never changed."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def add(self, bill: FeeBill, at: datetime) -> bool:
        """Write a bill down; False, changing nothing, if its number stands."""
        statement = insert_once(FEE_BILLS).values(
            number=bill.number,
            channel=bill.channel,
            item_fee_yen=bill.item_fee_yen,
            amount_yen=bill.amount_yen,
            taken_at=at,
        )
        once = statement.on_conflict_do_nothing().returning(_B.number)
        if (await self._connection.execute(once)).one_or_none() is None:
            return False
        rows = [{"number": bill.number, **line._asdict()} for line in bill.lines]
        await self._connection.execute(insert(FEE_BILL_LINES), rows)
        await self._journal.audit("fee_bill_taken", FEE_BILLS.name, bill.number)
        return True

    async def all(self) -> list[FeeBill]:
        """Return every bill, by number, its lines by month."""
        lines: dict[str, list[BilledLine]] = {}
        ordered = select(FEE_BILL_LINES).order_by(_L.number, _L.collected_month)
        for row in await self._connection.execute(ordered):
            line = BilledLine(row.collected_month, row.receipt_count)
            lines.setdefault(row.number, []).append(line)
        return [
            FeeBill(
                row.number,
                row.channel,
                Yen(row.item_fee_yen),
                Yen(row.amount_yen),
                tuple(lines[row.number]),
            )
            for row in await self._connection.execute(select(FEE_BILLS).order_by(_B.number))
        ]

    async def months(self) -> list[MonthBilled]:
        """Return every channel and month that a bill names, with both counts."""
        billed = (
            select(_B.channel, _L.collected_month, func.sum(_L.receipt_count).label("count"))
            .join_from(FEE_BILL_LINES, FEE_BILLS, _L.number == _B.number)
            .group_by(_B.channel, _L.collected_month)
            .subquery()
        )
        paid_at = func.timezone(TOKYO, RECEIPTS.c.paid_at)
        month = cast(func.date_trunc("month", paid_at), Date)
        confirmed = (
            select(RECEIPTS.c.channel, month.label("month"), func.count().label("count"))
            .where(
                RECEIPTS.c.state.in_((CONFIRMED, FUNDED)),
                RECEIPTS.c.channel.in_(select(_B.channel)),
            )
            .group_by(RECEIPTS.c.channel, month)
            .subquery()
        )
        query = (
            select(
                billed.c.channel,
                billed.c.collected_month,
                billed.c.count,
                func.coalesce(confirmed.c.count, 0),
            )
            .outerjoin(
                confirmed,
                (confirmed.c.channel == billed.c.channel)
                & (confirmed.c.month == billed.c.collected_month),
            )
            .order_by(billed.c.channel, billed.c.collected_month)
        )
        rows = await self._connection.execute(query)
        return [MonthBilled(channel, day, int(n), int(own)) for channel, day, n, own in rows]
