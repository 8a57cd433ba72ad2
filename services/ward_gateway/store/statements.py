"""Statements as stored, insert-only, and the books that a statement is made of.

Everything is read in one snapshot: `freeze` comes first in the transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.deposits import net_of_reversals
from services.ward_gateway.domain.heaps import Books
from services.ward_gateway.domain.holds import with_late_income
from services.ward_gateway.domain.statements import RawTotals, RollForward, StatementLine
from services.ward_gateway.store.clearings import (
    CLAIM_COLUMNS,
    by_slip,
    claim_of,
    items_query,
    receipt_of,
)
from services.ward_gateway.store.deposits import deposit_of
from services.ward_gateway.store.income_days import income_days
from services.ward_gateway.store.pay_in_statements import PayInStatementStore
from services.ward_gateway.store.raw_totals import read_raw_totals
from services.ward_gateway.store.residual import residual_yen
from services.ward_gateway.store.tables import DEPOSITS, FUNDINGS, STATEMENT_LINES, STATEMENTS
from services.ward_gateway.store.told_commissions import told_receipts_query
from shared.kit.journal import Journal
from shared.kit.money import Yen

ROLL_FORWARD = "roll_forward"
LINES_PER_INSERT = 10_000


class StatementStore:
    """Reads the whole books by a fixed number of queries; adds statements, changes none."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def freeze(self) -> None:
        """Let all further reads of this transaction see one moment (its first statement)."""
        await self._connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))

    async def books(self) -> Books:
        """Return all claims, live receipts and bank lines of the ward."""
        connection = self._connection
        netted = net_of_reversals(
            deposit_of(row) for row in await connection.execute(select(DEPOSITS))
        )
        matched = select(FUNDINGS.c.deposit_id, func.sum(FUNDINGS.c.amount_yen)).group_by(
            FUNDINGS.c.deposit_id
        )
        receipts, _ = told_receipts_query()
        income = select(income_days())
        return Books(
            claims=[claim_of(row) for row in await connection.execute(select(*CLAIM_COLUMNS))],
            items=by_slip(await connection.execute(items_query())),
            receipts=with_late_income(
                (receipt_of(row) for row in await connection.execute(receipts)),
                {row.receipt_id: row.income_on for row in await connection.execute(income)},
            ),
            standing=netted.standing,
            reversed=netted.reversed,
            matched_yen={i: int(yen) for i, yen in await connection.execute(matched)},
            pay_ins=await PayInStatementStore(connection, self._journal).compared(),
        )

    async def raw_totals(self, as_of: date) -> RawTotals:
        """Return the sums that the identities hold against the heaps."""
        return await read_raw_totals(self._connection, as_of)

    async def residual(self) -> Yen:
        """Return the residual, from raw rows only."""
        return Yen(await residual_yen(self._connection))

    async def last_roll_forward(self, fiscal_year: int) -> RollForward | None:
        """Return where the last statement of a year stood, or None before the first."""
        query = (
            select(STATEMENTS.c.body[ROLL_FORWARD])
            .where(STATEMENTS.c.fiscal_year == fiscal_year)
            .order_by(STATEMENTS.c.made_at.desc(), STATEMENTS.c.id.desc())
            .limit(1)
        )
        found = (await self._connection.execute(query)).scalar_one_or_none()
        return RollForward(found["stocks"], found["events"]) if found is not None else None

    async def add(
        self,
        *,
        statement_id: UUID,
        fiscal_year: int,
        as_of: date,
        made_at: datetime,
        body: Mapping[str, Any],
        roll: RollForward,
        lines: Sequence[StatementLine],
    ) -> None:
        """Store a statement with its lines, numbered from 1."""
        stored = {**body, ROLL_FORWARD: {"stocks": dict(roll.stocks), "events": dict(roll.events)}}
        await self._connection.execute(
            insert(STATEMENTS).values(
                id=statement_id,
                fiscal_year=fiscal_year,
                as_of=as_of,
                body=stored,
                made_at=made_at,
            )
        )
        for start in range(0, len(lines), LINES_PER_INSERT):
            chunk = lines[start : start + LINES_PER_INSERT]
            await self._connection.execute(
                insert(STATEMENT_LINES),
                [
                    {"statement_id": statement_id, "line_number": n, **line._asdict()}
                    for n, line in enumerate(chunk, start=start + 1)
                ],
            )
        await self._journal.audit("statement_made", STATEMENTS.name, statement_id)

    async def exists(self, statement_id: UUID) -> bool:
        """Say whether there is a statement of that id."""
        query = select(STATEMENTS.c.id).where(STATEMENTS.c.id == statement_id)
        return (await self._connection.execute(query)).one_or_none() is not None

    async def lines(
        self, statement_id: UUID, *, after: int, limit: int
    ) -> list[tuple[int, StatementLine]]:
        """Return numbered lines of a statement after one of them."""
        columns = STATEMENT_LINES.c
        query = (
            select(columns.line_number, *(columns[name] for name in StatementLine._fields))
            .where(columns.statement_id == statement_id, columns.line_number > after)
            .order_by(columns.line_number)
            .limit(limit)
        )
        rows = await self._connection.execute(query)
        return [(number, StatementLine(*values)) for number, *values in rows]
