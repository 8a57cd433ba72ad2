"""Bills of fees, kept: written once, listed by month; each receipt bears the one that bills it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payment_provider.domain.fee_bills import BillableReceipt, FeeBill, FeeLine
from services.payment_provider.domain.receipts import ReceiptState
from services.payment_provider.store.tables import FEE_BILL_LINES, FEE_BILLS, RECEIPTS
from shared.keys.channels import Channel
from shared.kit.clock import Clock, tokyo_date, tokyo_time
from shared.kit.journal import Journal
from shared.kit.money import Yen

_B, _L = FEE_BILLS.c, FEE_BILL_LINES.c


class FeeBillStore:
    """The tables `fee_bills` and `fee_bill_lines`, in one transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal, clock: Clock) -> None:
        self._connection, self._journal, self._clock = connection, journal, clock

    async def take_billable(self, municipality: str, before: date) -> list[BillableReceipt]:
        """Lock and return the confirmed app-banking receipts of days before one, not billed yet."""
        c = RECEIPTS.c
        query = (
            select(c.id, c.paid_at)
            .where(
                c.municipality == municipality,
                c.channel == Channel.MOBILE_BANKING.value,
                c.state == ReceiptState.CONFIRMED.value,
                c.paid_at < tokyo_time(before),
                c.fee_bill_number.is_(None),
            )
            .order_by(c.id)
            .with_for_update()
        )
        rows = await self._connection.execute(query)
        return [BillableReceipt(row.id, tokyo_date(row.paid_at)) for row in rows]

    async def add(self, bill: FeeBill, receipt_ids: Sequence[UUID]) -> bool:
        """Add a bill and let its receipts bear it; False, changing nothing, if it was written."""
        statement = insert_once(FEE_BILLS).values(
            number=bill.number,
            municipality=bill.municipality,
            billing_month=bill.billing_month,
            billed_on=bill.billed_on,
            item_fee_yen=bill.item_fee_yen,
            receipt_count=bill.receipt_count,
            amount_yen=bill.amount_yen,
            written_at=self._clock.now(),
        )
        once = statement.on_conflict_do_nothing().returning(_B.number)
        if (await self._connection.execute(once)).one_or_none() is None:
            return False
        rows = [
            {
                "number": bill.number,
                "collected_month": line.collected_month,
                "receipt_count": line.receipt_count,
            }
            for line in bill.lines
        ]
        await self._connection.execute(insert(FEE_BILL_LINES), rows)
        chosen = RECEIPTS.c.id == any_(literal(list(receipt_ids), ARRAY(Uuid)))
        await self._connection.execute(
            update(RECEIPTS).where(chosen).values(fee_bill_number=bill.number)
        )
        await self._journal.audit(
            "fees_billed",
            FEE_BILLS.name,
            bill.number,
            municipality=bill.municipality,
            details={"receipts": bill.receipt_count, "amount_yen": int(bill.amount_yen)},
        )
        return True

    async def all(self) -> list[FeeBill]:
        """Return every bill, by month of billing, then municipality."""
        lines: dict[str, list[FeeLine]] = {}
        for row in await self._connection.execute(
            select(FEE_BILL_LINES).order_by(_L.number, _L.collected_month)
        ):
            line = FeeLine(row.collected_month, row.receipt_count)
            lines.setdefault(row.number, []).append(line)
        query = select(FEE_BILLS).order_by(_B.billing_month, _B.municipality)
        return [
            FeeBill(
                row.number,
                row.municipality,
                row.billing_month,
                row.billed_on,
                Yen(row.item_fee_yen),
                tuple(lines[row.number]),
            )
            for row in await self._connection.execute(query)
        ]
