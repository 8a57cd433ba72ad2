"""Receipts, kept: add one with its running number, take those that a file must write, sum those
due.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Row,
    Uuid,
    and_,
    any_,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payment_provider.domain import receipts as rules
from services.payment_provider.domain.comparisons import Taking
from services.payment_provider.domain.receipts import Receipt, ReceiptState
from services.payment_provider.domain.transfer_orders import DueReceipt
from services.payment_provider.store.tables import PAYMENTS, RECEIPTS
from shared.keys.channels import Channel
from shared.kit.clock import tokyo_time
from shared.kit.journal import Journal
from shared.kit.money import Yen


class ReceiptStore:
    """The table `receipts`, in one transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def next_shop_number(self, municipality: str, barcode: str) -> int:
        """Return the next running number of a slip's receipts.

        Two of one slip never come at once: the index on live payments let one of them in.
        """
        query = select(func.coalesce(func.max(RECEIPTS.c.shop_number), 0)).where(
            RECEIPTS.c.municipality == municipality, RECEIPTS.c.barcode == barcode
        )
        return int((await self._connection.execute(query)).scalar_one()) + 1

    async def add(self, receipt: Receipt) -> None:
        """Add a receipt, in the transaction in which its payment is accepted."""
        await self._connection.execute(
            insert(RECEIPTS).values(
                id=receipt.id,
                state=receipt.state.value,
                version=receipt.version,
                payment_id=receipt.payment_id,
                municipality=receipt.municipality,
                channel=receipt.channel.value,
                barcode=receipt.barcode,
                amount_yen=receipt.amount_yen,
                paid_at=receipt.paid_at,
                shop_number=receipt.shop_number,
                confirm_on=receipt.confirm_on,
                transfer_date=receipt.transfer_date,
            )
        )
        await self._journal.opened(
            RECEIPTS.name,
            [receipt.id],
            receipt.state.value,
            "receipt_taken",
            municipality=receipt.municipality,
        )

    async def take_unwritten(
        self, municipality: str, channel: Channel, *, now: datetime, today: date, limit: int
    ) -> list[Receipt]:
        """Lock and return the receipts that a file must write now, by time, then identity.

        Unreported ones that were paid before now, and reported ones whose 確報 is due today or was
        due earlier. A second builder waits here, and then finds them written.
        """
        c = RECEIPTS.c
        unreported = and_(c.state == ReceiptState.TAKEN.value, c.paid_at < now)
        due = and_(c.state == ReceiptState.REPORTED.value, c.confirm_on <= today)
        query = (
            select(RECEIPTS)
            .where(c.municipality == municipality, c.channel == channel.value, or_(unreported, due))
            .order_by(c.paid_at, c.barcode, c.shop_number)
            .limit(limit)
            .with_for_update()
        )
        return [_receipt(row) for row in (await self._connection.execute(query)).all()]

    async def advance_reported(self, receipt_ids: Sequence[UUID], file_id: UUID) -> int:
        """Move receipts that a file reports (速報)."""
        return await self._journal.advance_many(
            RECEIPTS,
            rules.RECEIPTS,
            record_ids=receipt_ids,
            source=ReceiptState.TAKEN,
            target=ReceiptState.REPORTED,
            values={"preliminary_file_id": file_id},
        )

    async def advance_confirmed(self, receipt_ids: Sequence[UUID], file_id: UUID) -> int:
        """Move receipts that a file confirms (確報)."""
        return await self._journal.advance_many(
            RECEIPTS,
            rules.RECEIPTS,
            record_ids=receipt_ids,
            source=ReceiptState.REPORTED,
            target=ReceiptState.CONFIRMED,
            values={"confirmed_file_id": file_id},
        )

    async def take_unordered(self, channel: Channel, up_to: date) -> list[DueReceipt]:
        """Lock and return what falls due up to a date and is in no transfer order yet."""
        c = RECEIPTS.c
        query = (
            select(c.id, c.municipality, c.amount_yen)
            .where(
                c.channel == channel.value,
                c.transfer_date <= up_to,
                c.transfer_order_id.is_(None),
            )
            .order_by(c.municipality, c.id)
            .with_for_update()
        )
        rows = (await self._connection.execute(query)).all()
        return [DueReceipt(row.id, row.municipality, Yen(row.amount_yen)) for row in rows]

    async def mark_ordered(self, receipt_ids: Sequence[UUID], order_id: UUID) -> None:
        """Let receipts bear the order that pays them, in the transaction that writes it."""
        chosen = RECEIPTS.c.id == any_(literal(list(receipt_ids), ARRAY(Uuid)))
        await self._connection.execute(
            update(RECEIPTS).where(chosen).values(transfer_order_id=order_id)
        )

    async def card_takings_of_day(self, day: date) -> dict[UUID, Taking]:
        """Return what was taken by card on a Tokyo day, by the card agent's id for it."""
        c = RECEIPTS.c
        end = tokyo_time(date.fromordinal(day.toordinal() + 1))
        query = select(PAYMENTS.c.peer_id, c.municipality, c.amount_yen).where(
            PAYMENTS.c.id == c.payment_id,
            c.channel == Channel.MOBILE_CREDIT.value,
            c.paid_at >= tokyo_time(day),
            c.paid_at < end,
        )
        rows = (await self._connection.execute(query)).all()
        return {row.peer_id: Taking(row.municipality, Yen(row.amount_yen)) for row in rows}

    async def ids_of(self, keys: Sequence[UUID], barcode: str) -> list[tuple[UUID, UUID]]:
        """Return (receipt id, payment id) of receipts found by id, payment id or barcode."""
        c = RECEIPTS.c
        found = or_(c.id.in_(keys), c.payment_id.in_(keys), c.barcode == barcode)
        rows = (await self._connection.execute(select(c.id, c.payment_id).where(found))).all()
        return [(row.id, row.payment_id) for row in rows]


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(
        id=row.id,
        payment_id=row.payment_id,
        municipality=row.municipality,
        channel=Channel(row.channel),
        barcode=row.barcode,
        amount_yen=Yen(row.amount_yen),
        paid_at=row.paid_at,
        shop_number=row.shop_number,
        confirm_on=row.confirm_on,
        transfer_date=row.transfer_date,
        state=ReceiptState(row.state),
        version=row.version,
    )
