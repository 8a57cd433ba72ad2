"""Receipts (収納) of every channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.clearings import LiveReceipt
from services.ward_gateway.domain.receipts import (
    CONFIRMED_RECEIVED,
    PRELIMINARY_RECEIVED,
    RECEIPT_MACHINE,
    Held,
    NewReceipt,
    ReceiptState,
)
from services.ward_gateway.store.bulk import copy_rows, is_any_of, portions
from services.ward_gateway.store.clearings import receipt_of
from services.ward_gateway.store.income_days import income_days
from services.ward_gateway.store.paper_notice_tables import (
    CURRENT_PAIR,
    PAPER_NOTICES,
    PAPER_PAIRS,
)
from services.ward_gateway.store.tables import RECEIPTS, SLIP_ITEMS, SLIPS
from services.ward_gateway.store.told_commissions import told_receipts_query
from shared.keys.channels import Channel
from shared.kit.journal import Journal
from shared.kit.money import Yen

_R = RECEIPTS.c


@dataclass(frozen=True, slots=True)
class ReceiptListed:
    """A receipt as a clerk sees it; the claim's fields are None where no slip is known."""

    receipt_id: UUID
    identity: str
    channel: str
    key: str
    amount_yen: Yen
    paid_at: datetime
    phase: str
    had_preliminary: bool
    had_confirmed: bool
    funded_yen: Yen
    transfer_date: date | None
    notice_number: str | None
    fiscal_year: int | None
    instalment: int | None
    medium: str
    joined_receipt_id: UUID | None


class ReceiptStore:
    """Every receipt that a file brought."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def held(self, identities: Sequence[str]) -> dict[str, Held]:
        """Return what we hold of these identities, locked until the transaction ends.

        Nobody changes a key: whoever clears or funds one of them meanwhile need not wait.
        """
        query = (
            select(RECEIPTS)
            .where(is_any_of(_R.identity, identities))
            .order_by(_R.id)
            .with_for_update(key_share=True)
        )
        return {
            row.identity: Held(
                row.id,
                ReceiptState(row.state),
                Yen(row.amount_yen),
                row.transfer_date,
                row.had_preliminary,
                row.medium,
            )
            for row in await self._connection.execute(query)
        }

    async def add(
        self,
        receipts: Sequence[NewReceipt],
        slip_ids: Mapping[str, UUID],
        intake_id: UUID | None,
        registered_at: datetime,
        *,
        confirmed_event: str = CONFIRMED_RECEIVED,
    ) -> None:
        """Add receipts; slip_ids: by key, a key that is missing is a slip that we never issued.

        intake_id: the file that brought them; confirmed_event: why some begin as CONFIRMED.
        """
        common = {"intake_id": intake_id, "registered_at": registered_at}
        rows = [
            _row(new) | common | {"slip_id": slip_ids.get(new.incoming.key)} for new in receipts
        ]
        await copy_rows(self._connection, RECEIPTS, rows)
        events = {
            ReceiptState.PRELIMINARY: PRELIMINARY_RECEIVED,
            ReceiptState.CONFIRMED: confirmed_event,
        }
        for state, event in events.items():
            for portion in portions([new.id for new in receipts if new.state is state]):
                await self._journal.opened("receipts", portion, state, event)

    async def confirm(self, confirmed: Mapping[UUID, date | None]) -> int:
        """Move receipts to CONFIRMED, each with its transfer date; return how many moved."""
        by_day: dict[date | None, list[UUID]] = {}
        for receipt_id, day in confirmed.items():
            by_day.setdefault(day, []).append(receipt_id)
        moved = 0
        for day, ids in by_day.items():
            values = {"transfer_date": day, "had_confirmed": True}
            moved += await self._advance(ids, ReceiptState.CONFIRMED, values)
        return moved

    async def cancel(self, ids: Sequence[UUID]) -> int:
        """Move receipts to CANCELLED; return how many moved."""
        return await self._advance(ids, ReceiptState.CANCELLED, {})

    async def _advance(
        self, ids: Sequence[UUID], target: ReceiptState, values: Mapping[str, Any]
    ) -> int:
        moved = 0
        for portion in portions(ids):
            moved += await self._journal.advance_many(
                RECEIPTS,
                RECEIPT_MACHINE,
                record_ids=portion,
                source=ReceiptState.PRELIMINARY,
                target=target,
                values=values,
            )
        return moved

    async def preliminary_followed(self, ids: Sequence[UUID]) -> None:
        """Note that the 速報 of receipts that were confirmed first has come after all."""
        if ids:
            statement = update(RECEIPTS).where(is_any_of(_R.id, ids))
            await self._connection.execute(statement.values(had_preliminary=True))

    async def keys_without_medium(self, identities: Sequence[str]) -> set[str]:
        """Return the keys of those of these Pay-easy receipts whose medium was not noted."""
        if not identities:
            return set()
        query = select(_R.key).where(
            is_any_of(_R.identity, identities),
            _R.channel == Channel.PAYEASY.value,
            _R.medium == "",
        )
        return set((await self._connection.execute(query)).scalars())

    async def note_media(self, media: Mapping[UUID, str]) -> None:
        """Note the 使用媒体 of receipts that had none."""
        for medium in sorted(set(media.values())):
            ids = [receipt_id for receipt_id, told in media.items() if told == medium]
            statement = update(RECEIPTS).where(is_any_of(_R.id, ids), _R.medium == "")
            await self._connection.execute(statement.values(medium=medium))

    async def assessments_of(self, ids: Iterable[UUID]) -> set[UUID]:
        """Return the assessments that the slips of these receipts pay."""
        query = (
            select(SLIP_ITEMS.c.assessment_id)
            .join(RECEIPTS, _R.slip_id == SLIP_ITEMS.c.slip_id)
            .where(is_any_of(_R.id, list(ids)))
        )
        return set((await self._connection.execute(query.distinct())).scalars())

    async def page(self, *, after: UUID | None, limit: int) -> list[ReceiptListed]:
        """Return receipts by id."""
        query = (
            select(
                RECEIPTS,
                SLIPS.c.notice_number,
                SLIPS.c.fiscal_year,
                SLIPS.c.instalment,
                PAPER_PAIRS.c.receipt_id.label("joined_receipt_id"),
            )
            .outerjoin(SLIPS, SLIPS.c.id == _R.slip_id)
            .outerjoin(PAPER_NOTICES, PAPER_NOTICES.c.own_receipt_id == _R.id)
            .outerjoin(PAPER_PAIRS, CURRENT_PAIR)
            .order_by(_R.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(_R.id > after)
        return [_listed(row) for row in await self._connection.execute(query)]

    async def live(self, ids: Sequence[UUID]) -> list[LiveReceipt]:
        """Return those of these receipts that were not taken back, with what 丙 told of them."""
        query, _ = told_receipts_query()
        found = query.where(is_any_of(_R.id, ids))
        return [receipt_of(row) for row in await self._connection.execute(found)]

    async def income_of(self, ids: Sequence[UUID]) -> dict[UUID, date]:
        """Return 収入日 of those of these receipts whose money has come whole."""
        income = income_days()
        query = (
            select(income).where(is_any_of(_R.id, ids)).join(RECEIPTS, _R.id == income.c.receipt_id)
        )
        rows = await self._connection.execute(query)
        return {row.receipt_id: row.income_on for row in rows}

    async def ids_of_key(self, key: str) -> list[UUID]:
        """Return the receipts that a barcode or a payment number means."""
        rows = await self._connection.execute(select(_R.id).where(_R.key == key))
        return list(rows.scalars())

    async def ids_of_slips(self, slip_ids: Sequence[UUID]) -> list[UUID]:
        """Return the receipts of these slips, whichever key they came with, and of these ids."""
        query = select(_R.id).where(
            or_(is_any_of(_R.slip_id, slip_ids), is_any_of(_R.id, slip_ids))
        )
        return list((await self._connection.execute(query)).scalars())


def _row(new: NewReceipt) -> dict[str, Any]:
    incoming = new.incoming
    confirmed = new.state is ReceiptState.CONFIRMED
    return {
        "id": new.id,
        "state": new.state.value,
        "identity": incoming.identity,
        "channel": incoming.channel,
        "key": incoming.key,
        "amount_yen": incoming.amount_yen,
        "paid_at": incoming.paid_at,
        "shop_code": incoming.shop_code,
        "bank_code": incoming.bank_code,
        "branch_code": incoming.branch_code,
        "medium": incoming.medium,
        "had_preliminary": new.had_preliminary,
        "had_confirmed": confirmed,
        "transfer_date": incoming.transfer_date if confirmed else None,
        "funded_yen": 0,
        "source_line": incoming.line,
    }


def _listed(row: Row[Any]) -> ReceiptListed:
    renamed = {"receipt_id": "id"}
    values: dict[str, Any] = {
        name: getattr(row, renamed.get(name, name), None) for name in ReceiptListed.__slots__
    }
    values |= {
        "phase": row.state.lower(),
        "amount_yen": Yen(row.amount_yen),
        "funded_yen": Yen(row.funded_yen),
    }
    return ReceiptListed(**values)
