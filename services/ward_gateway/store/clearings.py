"""消込 as stored, and what it is worked out from: claims, slip items and live receipts.

Knows which rows belong together, not which receipt pays first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Row, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.clearings import (
    Claim,
    Cleared,
    LiveReceipt,
    SlipItem,
    Told,
)
from services.ward_gateway.domain.holds import HoldState
from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.store.agent_tables import RECEIPT_HOLDS
from services.ward_gateway.store.bulk import is_any_of
from services.ward_gateway.store.tables import ASSESSMENTS, CLEARINGS, RECEIPTS, SLIP_ITEMS, SLIPS
from services.ward_gateway.store.yen_pairs import YenPairs
from shared.kit.journal import Journal
from shared.kit.money import Yen

CLAIM_COLUMNS: tuple[Column[Any], ...] = (
    ASSESSMENTS.c.id,
    ASSESSMENTS.c.notice_number,
    ASSESSMENTS.c.fiscal_year,
    ASSESSMENTS.c.instalment,
    ASSESSMENTS.c.due_date,
    ASSESSMENTS.c.amount_yen,
    ASSESSMENTS.c.support_yen,
    ASSESSMENTS.c.care_yen,
    ASSESSMENTS.c.child_yen,
)
CANCELLED = ReceiptState.CANCELLED.value
LIVE_HOLD = and_(
    RECEIPT_HOLDS.c.receipt_id == RECEIPTS.c.id, RECEIPT_HOLDS.c.state == HoldState.HELD.value
)


class ClearingStore:
    """Reads whole claims with everything that was paid on them; writes only differences."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal
        self._pairs = YenPairs(connection, CLEARINGS, "receipt_id", "assessment_id")

    async def lock_claims(self, ids: Collection[UUID]) -> list[Claim]:
        """Return claims, locked: two registrations that touch one claim take turns.

        One transaction locks all its claims at once, by id; in two rounds two would lock crosswise.
        """
        query = (
            select(*CLAIM_COLUMNS)
            .where(is_any_of(ASSESSMENTS.c.id, list(ids)))
            .order_by(ASSESSMENTS.c.id)
            .with_for_update(key_share=True)
        )
        return [claim_of(row) for row in await self._connection.execute(query)]

    async def items_about(self, ids: Collection[UUID]) -> dict[UUID, list[SlipItem]]:
        """Return all items of every slip that pays one of these assessments."""
        slips = select(SLIP_ITEMS.c.slip_id).where(is_any_of(SLIP_ITEMS.c.assessment_id, list(ids)))
        query = items_query().where(SLIP_ITEMS.c.slip_id.in_(slips))
        return by_slip(await self._connection.execute(query))

    async def receipts_on(self, slip_ids: Collection[UUID]) -> list[LiveReceipt]:
        """Return the live receipts that stand on these slips."""
        query = receipts_query().where(is_any_of(RECEIPTS.c.slip_id, list(slip_ids)))
        return [receipt_of(row) for row in await self._connection.execute(query)]

    async def replace(self, ids: Collection[UUID], rows: Iterable[Cleared]) -> int:
        """Let the clearings of these assessments be exactly these rows; return how many changed."""
        before = await self._pairs.read(is_any_of(CLEARINGS.c.assessment_id, list(ids)))
        wanted = {(row.receipt_id, row.assessment_id): row.yen for row in rows}
        return await self._pairs.write_differences(before, wanted)


def items_query() -> Select[Any]:
    """Select slip items, each slip's in the order in which its yen are given out."""
    return (
        select(SLIP_ITEMS)
        .join(ASSESSMENTS, ASSESSMENTS.c.id == SLIP_ITEMS.c.assessment_id)
        .order_by(
            SLIP_ITEMS.c.slip_id,
            ASSESSMENTS.c.levy_year,
            ASSESSMENTS.c.notice_number,
            ASSESSMENTS.c.instalment,
        )
    )


def receipts_query() -> Select[Any]:
    """Select live receipts with the instalment that their slip names, and why they are on hold."""
    return (
        select(
            RECEIPTS.c.id,
            RECEIPTS.c.identity,
            RECEIPTS.c.channel,
            RECEIPTS.c.state,
            RECEIPTS.c.slip_id,
            RECEIPTS.c.amount_yen,
            RECEIPTS.c.paid_at,
            RECEIPTS.c.transfer_date,
            RECEIPTS.c.funded_yen,
            SLIPS.c.notice_number,
            SLIPS.c.fiscal_year,
            SLIPS.c.instalment,
            RECEIPT_HOLDS.c.reason.label("hold"),
        )
        .join_from(RECEIPTS, SLIPS, RECEIPTS.c.slip_id == SLIPS.c.id, isouter=True)
        .outerjoin(RECEIPT_HOLDS, LIVE_HOLD)
        .where(RECEIPTS.c.state != CANCELLED)
    )


def claim_of(row: Row[Any]) -> Claim:
    """Make a record of a row of CLAIM_COLUMNS."""
    return Claim(
        id=row.id,
        notice_number=row.notice_number,
        fiscal_year=row.fiscal_year,
        instalment=row.instalment,
        due_date=row.due_date,
        amount_yen=Yen(row.amount_yen),
        support_yen=Yen(row.support_yen),
        care_yen=Yen(row.care_yen),
        child_yen=Yen(row.child_yen),
    )


def receipt_of(row: Row[Any]) -> LiveReceipt:
    """Make a record of a row of receipts_query(), with what was told of it where it was asked."""
    return LiveReceipt(
        id=row.id,
        identity=row.identity,
        channel=row.channel,
        state=ReceiptState(row.state),
        slip_id=row.slip_id,
        amount_yen=Yen(row.amount_yen),
        paid_at=row.paid_at,
        transfer_date=row.transfer_date,
        funded_yen=Yen(row.funded_yen),
        notice_number=row.notice_number or "",
        fiscal_year=row.fiscal_year or 0,
        instalment=row.instalment or 0,
        told=_told(row),
        hold=row.hold or "",
    )


def _told(row: Row[Any]) -> Told | None:
    number = getattr(row, "commission_number", None)
    if number is None:
        return None
    return Told(number, row.authorised_on, row.designated_date, row.remitted_on)


def by_slip(rows: Iterable[Row[Any]]) -> dict[UUID, list[SlipItem]]:
    """Gather items by slip, keeping their order."""
    items: dict[UUID, list[SlipItem]] = {}
    for row in rows:
        item = SlipItem(row.assessment_id, Yen(row.amount_yen))
        items.setdefault(row.slip_id, []).append(item)
    return items
