"""計算書 as stored, and the three sides of each pay-in: stated, confirmed, come.

Set-based: a fixed number of queries for the whole ward. Knows no heap.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.matching import Group
from services.ward_gateway.domain.pay_in_statements import (
    Compared,
    PayIn,
    PayInKey,
    compare,
    confirmed_by_day,
)
from services.ward_gateway.store.agent_tables import PAY_IN_STATEMENT_LINES, PAY_IN_STATEMENTS
from services.ward_gateway.store.balances import confirmed_receipts, read_came
from services.ward_gateway.store.tables import DEPOSITS, FUNDINGS
from shared.kit.ids import new_id
from shared.kit.journal import Journal

_S = PAY_IN_STATEMENTS.c


class PayInStatementStore:
    """One statement per pay-in, never changed."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def add(self, pay_in: PayIn, intake_id: UUID | None, at: datetime) -> bool:
        """Write a statement down with its parts; False, changing nothing, if the pay-in has one."""
        statement = (
            insert_once(PAY_IN_STATEMENTS)
            .values(
                id=new_id(),
                **pay_in.key._asdict(),
                receipt_count=pay_in.receipt_count,
                total_yen=pay_in.total_yen,
                intake_id=intake_id,
                registered_at=at,
            )
            .on_conflict_do_nothing(constraint="one_pay_in_statement")
            .returning(_S.id)
        )
        added: UUID | None = (await self._connection.execute(statement)).scalar_one_or_none()
        if added is None:
            return False
        rows = [
            {
                "statement_id": added,
                "levy_year": part.levy_year,
                "instalment": part.instalment,
                "receipt_count": part.receipt_count,
                "amount_yen": part.amount_yen,
            }
            for part in pay_in.parts
        ]
        if rows:
            await self._connection.execute(insert(PAY_IN_STATEMENT_LINES), rows)
        await self._journal.audit("pay_in_stated", PAY_IN_STATEMENTS.name, added)
        return True

    async def figures(self, key: PayInKey) -> tuple[int, int]:
        """Return count and yen of the statement that a pay-in has."""
        same = [_S[name] == value for name, value in key._asdict().items()]
        row = (
            await self._connection.execute(select(_S.receipt_count, _S.total_yen).where(*same))
        ).one()
        return int(row.receipt_count), int(row.total_yen)

    async def compared(self) -> list[Compared]:
        """Return the three sides of every channel and day of pay-in."""
        stated = await self._stated()
        confirmed = confirmed_by_day(await self._own(), await self._crossing(), stated)
        return compare(stated, confirmed, await read_came(self._connection))

    async def _stated(self) -> Mapping[Group, int]:
        query = select(_S.channel, _S.paid_in_on, func.sum(_S.total_yen)).group_by(
            _S.channel, _S.paid_in_on
        )
        return {Group(c, day): int(yen) for c, day, yen in await self._connection.execute(query)}

    async def _own(self) -> Mapping[Group, int]:
        receipts = confirmed_receipts().c
        query = select(receipts.channel, receipts.pay_day, func.sum(receipts.amount_yen)).group_by(
            receipts.channel, receipts.pay_day
        )
        return {Group(c, day): int(yen) for c, day, yen in await self._connection.execute(query)}

    async def _crossing(self) -> Mapping[tuple[Group, date], int]:
        receipts = confirmed_receipts()
        query = (
            select(
                receipts.c.channel,
                receipts.c.pay_day,
                DEPOSITS.c.value_date,
                func.sum(FUNDINGS.c.amount_yen),
            )
            .join_from(FUNDINGS, DEPOSITS, FUNDINGS.c.deposit_id == DEPOSITS.c.id)
            .join(receipts, FUNDINGS.c.receipt_id == receipts.c.id)
            .where(receipts.c.pay_day != DEPOSITS.c.value_date)
            .group_by(receipts.c.channel, receipts.c.pay_day, DEPOSITS.c.value_date)
        )
        rows = await self._connection.execute(query)
        return {(Group(c, own), day): int(yen) for c, own, day, yen in rows}
