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
    ColumnElement,
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
from services.payment_provider.domain.comparisons import CardTaking, Taking
from services.payment_provider.domain.receipts import Receipt, ReceiptState
from services.payment_provider.domain.transfer_orders import DueReceipt
from services.payment_provider.store.tables import PAYMENTS, RECEIPTS
from shared.keys.channels import Channel
from shared.kit.clock import tokyo_date, tokyo_time
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

        Unreported ones that were paid before now; reported ones whose 確報 is due today or was due
        earlier and which no undo concerns; and reported ones that were taken back. A second builder
        waits here, and then finds them written; an undo that comes now waits too, or was seen.
        """
        c = RECEIPTS.c
        unreported = and_(c.state == ReceiptState.TAKEN.value, c.paid_at < now)
        stands = and_(c.undo_id.is_(None), c.undone_at.is_(None))
        due = and_(
            c.state == ReceiptState.REPORTED.value,
            or_(and_(c.confirm_on <= today, stands), c.undone_at.is_not(None)),
        )
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

    async def advance_cancelled(self, receipt_ids: Sequence[UUID], file_id: UUID) -> int:
        """Move receipts that a file takes back (速報取消)."""
        return await self._journal.advance_many(
            RECEIPTS,
            rules.RECEIPTS,
            record_ids=receipt_ids,
            source=ReceiptState.REPORTED,
            target=ReceiptState.CANCELLED,
            values={"cancelled_file_id": file_id},
        )

    async def of_payment(self, payment_id: UUID) -> Receipt | None:
        """Lock and return the receipt of a payment: no file can confirm it meanwhile."""
        query = select(RECEIPTS).where(RECEIPTS.c.payment_id == payment_id).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        return _receipt(row) if row else None

    async def hold_for_undo(self, receipt: Receipt, undo_id: UUID) -> None:
        """Let a locked receipt bear the undo that asks: no 確報, no transfer order meanwhile."""
        await self._set(receipt.id, undo_id=undo_id)

    async def release(self, undo_id: UUID) -> None:
        """Let go of the receipt of an undo that was refused."""
        released = update(RECEIPTS).where(RECEIPTS.c.undo_id == undo_id)
        await self._connection.execute(released.values(undo_id=None))

    async def take_back(self, receipt: Receipt, at: datetime) -> None:
        """Mark a locked receipt as taken back: its 03 follows with the next file."""
        await self._set(receipt.id, undone_at=at)
        await self._journal.audit(
            "receipt_taken_back", RECEIPTS.name, receipt.id, municipality=receipt.municipality
        )

    async def _set(self, receipt_id: UUID, **values: object) -> None:
        chosen = update(RECEIPTS).where(RECEIPTS.c.id == receipt_id)
        await self._connection.execute(chosen.values(**values))

    async def towns_to_pay(self, channel: Channel, up_to: date) -> list[str]:
        """Return the municipalities of what falls due up to a date and is in no order yet."""
        query = select(RECEIPTS.c.municipality).where(_unordered(channel, up_to)).distinct()
        found = await self._connection.execute(query.order_by(RECEIPTS.c.municipality))
        return list(found.scalars())

    async def take_unordered(
        self, municipality: str, channel: Channel, up_to: date
    ) -> list[DueReceipt]:
        """Lock and return what falls due up to a date and is in no transfer order yet.

        Not what an undo concerns: money that is given back, or perhaps, is not paid over.
        """
        c = RECEIPTS.c
        query = (
            select(c.id, c.municipality, c.barcode, c.paid_at, c.amount_yen)
            .where(c.municipality == municipality, _unordered(channel, up_to))
            .order_by(c.id)
            .with_for_update()
        )
        rows = (await self._connection.execute(query)).all()
        return [
            DueReceipt(
                row.id,
                row.municipality,
                row.barcode,
                tokyo_date(row.paid_at),
                Yen(row.amount_yen),
            )
            for row in rows
        ]

    async def mark_ordered(self, receipt_ids: Sequence[UUID], order_id: UUID) -> None:
        """Let receipts bear the order that pays them, in the transaction that writes it."""
        chosen = RECEIPTS.c.id == any_(literal(list(receipt_ids), ARRAY(Uuid)))
        await self._connection.execute(
            update(RECEIPTS).where(chosen).values(transfer_order_id=order_id)
        )

    async def card_takings_of_day(self, day: date) -> dict[UUID, Taking]:
        """Return what was taken by card on a Tokyo day and stands, by the card agent's id."""
        rows = await self._cards_of_day(day)
        return {row.peer_id: Taking(row.municipality, Yen(row.amount_yen)) for row in rows}

    async def card_payments_of_day(self, day: date) -> list[CardTaking]:
        """Return the same as they are told to the card agent, by its id."""
        return [
            CardTaking(row.peer_id, row.municipality, Yen(row.amount_yen), row.paid_at)
            for row in await self._cards_of_day(day)
        ]

    async def _cards_of_day(self, day: date) -> list[Any]:
        c = RECEIPTS.c
        end = tokyo_time(date.fromordinal(day.toordinal() + 1))
        query = select(PAYMENTS.c.peer_id, c.municipality, c.amount_yen, c.paid_at).where(
            PAYMENTS.c.id == c.payment_id,
            c.channel == Channel.MOBILE_CREDIT.value,
            c.paid_at >= tokyo_time(day),
            c.paid_at < end,
            c.undone_at.is_(None),
        )
        ordered = query.order_by(PAYMENTS.c.peer_id)
        return list((await self._connection.execute(ordered)).all())

    async def ids_of(self, keys: Sequence[UUID], barcode: str) -> list[tuple[UUID, UUID]]:
        """Return (receipt id, payment id) of receipts found by id, payment id or barcode."""
        c = RECEIPTS.c
        found = or_(c.id.in_(keys), c.payment_id.in_(keys), c.barcode == barcode)
        rows = (await self._connection.execute(select(c.id, c.payment_id).where(found))).all()
        return [(row.id, row.payment_id) for row in rows]


def _unordered(channel: Channel, up_to: date) -> ColumnElement[bool]:
    c = RECEIPTS.c
    return and_(
        c.channel == channel.value,
        c.transfer_date <= up_to,
        c.transfer_order_id.is_(None),
        c.undo_id.is_(None),
        c.undone_at.is_(None),
    )


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
        undo_id=row.undo_id,
        undone_at=row.undone_at,
    )
