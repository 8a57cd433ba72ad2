"""Which deposit funds which receipt, in yen, and what reconciliation asks of the books.

Queries are set-based: groups that are settled, and single receipts, are never asked for one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    func,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.clearings import LiveReceipt
from services.ward_gateway.domain.deposits import Deposit
from services.ward_gateway.domain.matching import Balance, Funding, Group
from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.domain.reconciliation import FUNDING_MACHINE, Commission, Outstanding
from services.ward_gateway.store.balances import CONFIRMED, FUNDED, read_balances
from services.ward_gateway.store.bulk import is_any_of
from services.ward_gateway.store.clearings import receipt_of
from services.ward_gateway.store.deposits import deposit_of
from services.ward_gateway.store.tables import DEPOSITS, FUNDINGS, RECEIPTS
from services.ward_gateway.store.told_commissions import (
    numbered_card_receipts,
    numbered_commissions,
    same_purchase,
    told_receipts_query,
)
from services.ward_gateway.store.yen_pairs import YenPairs
from shared.kit.clock import tokyo_date
from shared.kit.journal import Journal
from shared.kit.money import Yen

MOVES_PER_STATEMENT = 10_000


class FundingStore:
    """Reads groups (channel, day of the money) whole, writes only differences."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal
        self._pairs = YenPairs(connection, FUNDINGS, "receipt_id", "deposit_id")

    async def lock(self) -> None:
        """Let reconciliations take turns until the end of the transaction."""
        await self._connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext('ward_gateway.reconcile'))")
        )

    async def balances(self) -> list[Balance]:
        """Return owed and come of every group."""
        return await read_balances(self._connection)

    async def receipts_of(self, groups: Collection[Group]) -> list[LiveReceipt]:
        """Return the confirmed and funded receipts whose money is told to come in these groups."""
        query, told = told_receipts_query()
        pay_day = func.coalesce(told.c.remitted_on, RECEIPTS.c.transfer_date)
        found = query.where(
            tuple_(RECEIPTS.c.channel, pay_day).in_(groups),
            RECEIPTS.c.state.in_((CONFIRMED, FUNDED)),
        )
        return [receipt_of(row) for row in await self._connection.execute(found)]

    async def deposits_of(self, groups: Collection[Group]) -> list[Deposit]:
        """Return the bank lines of these groups, cancelled ones and their originals too."""
        query = select(DEPOSITS).where(
            tuple_(DEPOSITS.c.channel, DEPOSITS.c.value_date).in_(groups)
        )
        return [deposit_of(row) for row in await self._connection.execute(query)]

    async def whole_deposits(self, ids: Collection[UUID]) -> set[UUID]:
        """Return those of these deposits whose every yen funds a receipt already."""
        query = (
            select(DEPOSITS.c.id)
            .join(FUNDINGS, FUNDINGS.c.deposit_id == DEPOSITS.c.id)
            .where(is_any_of(DEPOSITS.c.id, list(ids)))
            .group_by(DEPOSITS.c.id)
            .having(func.sum(FUNDINGS.c.amount_yen) == DEPOSITS.c.amount_yen)
        )
        return set((await self._connection.execute(query)).scalars())

    async def replace(
        self, receipt_ids: Collection[UUID], deposit_ids: Collection[UUID], rows: Iterable[Funding]
    ) -> int:
        """Let the fundings of these receipts and deposits be exactly these; return the changes."""
        before = await self._pairs.read(
            or_(
                is_any_of(FUNDINGS.c.receipt_id, list(receipt_ids)),
                is_any_of(FUNDINGS.c.deposit_id, list(deposit_ids)),
            )
        )
        wanted = {(row.receipt_id, row.deposit_id): row.yen for row in rows}
        changed = await self._pairs.write_differences(before, wanted)
        if changed:
            await self._sum_up(receipt_ids)
            await self._journal.audit("fundings_changed", FUNDINGS.name, "", details={"n": changed})
        return changed

    async def _sum_up(self, receipt_ids: Collection[UUID]) -> None:
        """Carry the sum of its fundings to each receipt that shows another one."""
        came = (
            select(
                RECEIPTS.c.id, func.coalesce(func.sum(FUNDINGS.c.amount_yen), 0).label("total_yen")
            )
            .join_from(RECEIPTS, FUNDINGS, FUNDINGS.c.receipt_id == RECEIPTS.c.id, isouter=True)
            .where(is_any_of(RECEIPTS.c.id, list(receipt_ids)))
            .group_by(RECEIPTS.c.id)
            .subquery()
        )
        await self._connection.execute(
            update(RECEIPTS)
            .where(RECEIPTS.c.id == came.c.id, RECEIPTS.c.funded_yen != came.c.total_yen)
            .values(funded_yen=came.c.total_yen)
        )

    async def fund(self, ids: Collection[UUID]) -> int:
        """Move the confirmed ones of these receipts to FUNDED; return how many moved."""
        return await self._move(ids, ReceiptState.CONFIRMED, ReceiptState.FUNDED)

    async def withdraw(self, ids: Collection[UUID]) -> int:
        """Move the funded ones of these receipts back to CONFIRMED; return how many moved."""
        return await self._move(ids, ReceiptState.FUNDED, ReceiptState.CONFIRMED)

    async def _move(self, ids: Collection[UUID], source: ReceiptState, target: ReceiptState) -> int:
        wanted, moved = sorted(ids), 0
        for start in range(0, len(wanted), MOVES_PER_STATEMENT):
            moved += await self._journal.advance_many(
                RECEIPTS,
                FUNDING_MACHINE,
                record_ids=wanted[start : start + MOVES_PER_STATEMENT],
                source=source,
                target=target,
            )
        return moved

    async def late(self, today: date) -> list[tuple[Group, int]]:
        """Return the groups whose transfer date is before today, with the yen still missing."""
        missing = func.sum(RECEIPTS.c.amount_yen - RECEIPTS.c.funded_yen)
        query = (
            select(RECEIPTS.c.channel, RECEIPTS.c.transfer_date, missing)
            .where(RECEIPTS.c.state == CONFIRMED, RECEIPTS.c.transfer_date < today)
            .group_by(RECEIPTS.c.channel, RECEIPTS.c.transfer_date)
        )
        rows = await self._connection.execute(query)
        return [(Group(channel, day), int(yen)) for channel, day, yen in rows if yen]

    async def unconfirmed(self, before: datetime) -> list[Outstanding]:
        """Return the receipts paid before an instant that are preliminary still."""
        query = select(RECEIPTS.c.id, RECEIPTS.c.amount_yen).where(
            RECEIPTS.c.state == ReceiptState.PRELIMINARY.value, RECEIPTS.c.paid_at < before
        )
        rows = await self._connection.execute(query)
        return [Outstanding(i, Yen(yen)) for i, yen in rows]

    async def commissions_without_receipt(self) -> list[Commission]:
        """Return commissions beyond the number of live card receipts on their barcode."""
        told, came = numbered_commissions(), numbered_card_receipts()
        query = (
            select(told.c.commission_number, told.c.authorised_at, told.c.amount_yen)
            .join_from(
                told,
                came,
                same_purchase(told, came),
                isouter=True,
            )
            .where(came.c.id.is_(None))
        )
        rows = await self._connection.execute(query)
        return [Commission(number, tokyo_date(at), Yen(yen)) for number, at, yen in rows]

    async def receipts_without_commission(self) -> list[Outstanding]:
        """Return confirmed card receipts beyond the number of commissions on their barcode."""
        told, came = numbered_commissions(), numbered_card_receipts()
        query = (
            select(came.c.id, came.c.amount_yen)
            .join_from(
                came,
                told,
                same_purchase(told, came),
                isouter=True,
            )
            .where(told.c.commission_number.is_(None), came.c.state.in_((CONFIRMED, FUNDED)))
        )
        rows = await self._connection.execute(query)
        return [Outstanding(i, Yen(yen)) for i, yen in rows]
