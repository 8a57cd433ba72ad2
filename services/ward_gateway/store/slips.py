"""Slips (納付書), the assessments they pay, and how the centre stands to their keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Select, Uuid, bindparam, exists, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.billing_orders import OrderKind
from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.domain.slip_runs import NewSlip
from services.ward_gateway.domain.slips import (
    SLIP_ISSUED,
    SLIP_MACHINE,
    SlipListed,
    SlipState,
)
from services.ward_gateway.store.billing_order_tables import BILLING_ORDERS
from services.ward_gateway.store.bulk import copy_rows, is_any_of, portions, whole_tables
from services.ward_gateway.store.tables import RECEIPTS, SLIP_ITEMS, SLIPS
from shared.keys.channels import Channel
from shared.kit.journal import Journal
from shared.kit.money import Yen

_S = SLIPS.c
_REPLACE = text(
    "UPDATE slips s SET replaced_by_slip_id = r.new FROM unnest(:old, :new) AS r(old, new)"
    " WHERE s.id = r.old"
).bindparams(bindparam("old", type_=ARRAY(Uuid)), bindparam("new", type_=ARRAY(Uuid)))
_PAID = exists().where(
    RECEIPTS.c.slip_id == _S.id, RECEIPTS.c.state != ReceiptState.CANCELLED.value
)
_PAID_AT_CENTRE = _PAID.where(RECEIPTS.c.channel == Channel.PAYEASY.value)


class SlipStore:
    """Every slip that was issued."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def count(self, fiscal_year: int) -> int:
        """Return how many slips of a year exist."""
        query = select(func.count()).select_from(SLIPS).where(_S.fiscal_year == fiscal_year)
        return int((await self._connection.execute(query)).scalar_one())

    async def add(self, new: Sequence[NewSlip], issued_at: datetime) -> None:
        """Add issued slips with their items and first history rows; replaced ones point to them."""
        rows, items = [], []
        for each in new:
            row = asdict(each.slip)
            del row["assessment_id"]
            rows.append(row | {"issued_at": issued_at})
            items += [{"slip_id": each.slip.id, **item._asdict()} for item in each.items]
        await copy_rows(self._connection, SLIPS, rows)
        await copy_rows(self._connection, SLIP_ITEMS, items)
        for portion in portions([each.slip.id for each in new]):
            await self._journal.opened("slips", portion, SlipState.ISSUED, SLIP_ISSUED)
        await self._replace([(e.replaces, e.slip.id) for e in new if e.replaces is not None])

    async def _replace(self, pairs: Sequence[tuple[UUID, UUID]]) -> None:
        for portion in portions(pairs):
            old, new = zip(*portion, strict=True)
            values = {"old": list(old), "new": list(new)}
            async with whole_tables(self._connection):
                await self._connection.execute(_REPLACE, values)
        if pairs:
            details = {"slips": len(pairs)}
            await self._journal.audit("slips_replaced", "slips", "many", details=details)

    async def page(
        self, *, after: UUID | None, limit: int, unpaid: bool, key: str | None
    ) -> list[SlipListed]:
        """Return slips by id; key: a slip id, a barcode or a payment number."""
        query = (
            select(SLIPS, _PAID.label("paid"), _PAID_AT_CENTRE.label("centre_paid"))
            .order_by(_S.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(_S.id > after)
        if unpaid:
            query = query.where(~_PAID)
        if key is not None:
            query = _of_key(query, key)
        return [_listed(row) for row in await self._connection.execute(query)]

    async def ids_of_key(self, key: str) -> list[UUID]:
        """Return the slips that a slip id, a barcode or a payment number means."""
        rows = await self._connection.execute(_of_key(select(_S.id), key))
        return list(rows.scalars())

    async def of_keys(self, keys: Sequence[str]) -> dict[str, UUID]:
        """Return slip ids by barcode and by payment number, for those that we issued."""
        found: dict[str, UUID] = {}
        query = select(_S.id, _S.barcode, _S.payment_number).where(
            or_(is_any_of(_S.barcode, keys), is_any_of(_S.payment_number, keys))
        )
        for row in await self._connection.execute(query):
            found |= {key: row.id for key in (row.barcode, row.payment_number) if key}
        return found

    async def sent(self, upload_id: UUID) -> int:
        """Move the slips whose adds a file holds to SENT; return how many moved.

        A key that was closed stays so until the centre says that it holds it again.
        """
        query = select(BILLING_ORDERS.c.slip_id).where(
            BILLING_ORDERS.c.billing_upload_id == upload_id,
            BILLING_ORDERS.c.kind == OrderKind.ADD.value,
        )
        ids = list((await self._connection.execute(query)).scalars())
        moved = await self._advance(ids, SlipState.ISSUED, SlipState.SENT)
        return moved + await self._advance(ids, SlipState.REFUSED, SlipState.SENT)

    async def held(self, ids: Sequence[UUID]) -> int:
        """Note that the centre holds these slips' keys, for the first time or again."""
        moved = await self._advance(ids, SlipState.SENT, SlipState.HELD)
        return moved + await self._advance(ids, SlipState.CLOSED, SlipState.HELD)

    async def refused(self, ids: Sequence[UUID]) -> int:
        """Note that the centre refused these slips' keys."""
        return await self._advance(ids, SlipState.SENT, SlipState.REFUSED)

    async def closed(self, ids: Sequence[UUID]) -> int:
        """Note that the centre does not hold these slips' keys any more."""
        return await self._advance(ids, SlipState.HELD, SlipState.CLOSED)

    async def never_sent(self, ids: Sequence[UUID]) -> int:
        """Close issued slips that died before the centre was told of them."""
        return await self._advance(ids, SlipState.ISSUED, SlipState.CLOSED)

    async def _advance(self, ids: Sequence[UUID], source: SlipState, target: SlipState) -> int:
        moved = 0
        for portion in portions(ids):
            moved += await self._journal.advance_many(
                SLIPS, SLIP_MACHINE, record_ids=portion, source=source, target=target
            )
        return moved


def _of_key(query: Select[Any], key: str) -> Select[Any]:
    try:
        return query.where(_S.id == UUID(key))
    except ValueError:
        digits = "".join(c for c in key if c not in " -")
        return query.where(or_(_S.barcode == digits, _S.payment_number == digits))


def _listed(row: Row[Any]) -> SlipListed:
    renamed = {"slip_id": "id", "centre_state": "state"}
    values = {name: getattr(row, renamed.get(name, name)) for name in SlipListed.__slots__}
    return SlipListed(**(values | {"amount_yen": Yen(row.amount_yen)}))
