"""The books of the payers' banks that stand behind the provider in sandbox mode, kept in our
database.

An answer is given once for a debit id and never changed; accounts open by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payment_provider.store.tables import (
    SANDBOX_ACCOUNTS,
    SANDBOX_DEBITS,
    SANDBOX_UNDOINGS,
    TRANSFER_ORDERS,
)
from shared.kit.clock import tokyo_time
from shared.kit.money import Yen

DEBITED, DECLINED, CLOSED = "debited", "declined", "closed"


@dataclass(frozen=True, slots=True)
class StoredDebit:
    """What a payers' bank answered for one debit id, for ever."""

    id: UUID
    outcome: str
    reason: str | None
    municipality: str
    amount_yen: Yen
    bank_code: str | None
    account_reference: str | None
    answered_at: datetime


class SandboxDebitStore:
    """The tables `sandbox_accounts`, `sandbox_debits`, `sandbox_undoings`, in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def balance(self, bank_code: str, account_reference: str, opening_yen: int) -> Yen:
        """Lock an account, opening it if it is new, and return its balance."""
        c = SANDBOX_ACCOUNTS.c
        opened = insert(SANDBOX_ACCOUNTS).values(
            bank_code=bank_code, account_reference=account_reference, balance_yen=opening_yen
        )
        await self._connection.execute(opened.on_conflict_do_nothing())
        query = select(c.balance_yen).where(
            c.bank_code == bank_code, c.account_reference == account_reference
        )
        return Yen((await self._connection.execute(query.with_for_update())).scalar_one())

    async def take(self, bank_code: str, account_reference: str, amount_yen: int) -> None:
        """Take money from a locked account that has enough; a negative amount puts it back."""
        c = SANDBOX_ACCOUNTS.c
        statement = update(SANDBOX_ACCOUNTS).where(
            c.bank_code == bank_code, c.account_reference == account_reference
        )
        await self._connection.execute(statement.values(balance_yen=c.balance_yen - amount_yen))

    async def taken_today(self, bank_code: str, account_reference: str, day: date) -> Yen:
        """Return what was taken from a locked account on a Tokyo day and not given back."""
        c = SANDBOX_DEBITS.c
        query = select(func.coalesce(func.sum(c.amount_yen), 0)).where(
            c.bank_code == bank_code,
            c.account_reference == account_reference,
            c.outcome == DEBITED,
            c.answered_at >= tokyo_time(day),
            c.answered_at < tokyo_time(day + timedelta(days=1)),
            c.id.not_in(select(SANDBOX_UNDOINGS.c.debit_id)),
        )
        return Yen(int((await self._connection.execute(query)).scalar_one()))

    async def give_back(self, debit: StoredDebit, undone_at: datetime) -> datetime:
        """Put a debit back on its account, once; return when that was done."""
        statement = insert(SANDBOX_UNDOINGS).values(debit_id=debit.id, undone_at=undone_at)
        once = statement.on_conflict_do_nothing().returning(SANDBOX_UNDOINGS.c.debit_id)
        if (await self._connection.execute(once)).one_or_none() is None:
            chosen = SANDBOX_UNDOINGS.c.debit_id == debit.id
            query = select(SANDBOX_UNDOINGS.c.undone_at).where(chosen)
            first: datetime = (await self._connection.execute(query)).scalar_one()
            return first
        assert debit.bank_code, "money was taken from an account"  # noqa: S101
        assert debit.account_reference  # noqa: S101
        await self.take(debit.bank_code, debit.account_reference, -debit.amount_yen)
        return undone_at

    async def add(self, debit: StoredDebit) -> bool:
        """Write the one answer for an id; return False if it has one already."""
        statement = insert(SANDBOX_DEBITS).values(
            id=debit.id,
            outcome=debit.outcome,
            reason=debit.reason,
            municipality=debit.municipality,
            amount_yen=debit.amount_yen,
            bank_code=debit.bank_code,
            account_reference=debit.account_reference,
            answered_at=debit.answered_at,
        )
        once = statement.on_conflict_do_nothing().returning(SANDBOX_DEBITS.c.id)
        return (await self._connection.execute(once)).one_or_none() is not None

    async def find(self, debit_id: UUID) -> StoredDebit | None:
        """Return the answer for an id, or None."""
        query = select(SANDBOX_DEBITS).where(SANDBOX_DEBITS.c.id == debit_id)
        row = (await self._connection.execute(query)).one_or_none()
        return _debit(row) if row else None

    async def collected(self) -> tuple[Yen, Yen, Yen]:
        """Return the yen that were debited, given back, and ordered to municipalities; at once."""
        debit = SANDBOX_DEBITS.c
        given_back = debit.id.in_(select(SANDBOX_UNDOINGS.c.debit_id))

        def total(column: Any, *conditions: Any) -> Any:  # noqa: ANN401
            summed = func.coalesce(func.sum(column), 0)
            return select(summed).where(*conditions).scalar_subquery()

        taken = debit.outcome == DEBITED
        query = select(
            total(debit.amount_yen, taken),
            total(debit.amount_yen, taken, given_back),
            total(TRANSFER_ORDERS.c.amount_yen),
        )
        row = (await self._connection.execute(query)).one()
        return Yen(int(row[0])), Yen(int(row[1])), Yen(int(row[2]))

    async def standing(self, after: UUID | None, limit: int) -> list[StoredDebit]:
        """Return debits that took money and were not undone, by id, after one of them."""
        c = SANDBOX_DEBITS.c
        undone = select(SANDBOX_UNDOINGS.c.debit_id)
        query = select(SANDBOX_DEBITS).where(c.outcome == DEBITED, c.id.not_in(undone))
        if after is not None:
            query = query.where(c.id > after)
        rows = (await self._connection.execute(query.order_by(c.id).limit(limit))).all()
        return [_debit(row) for row in rows]


def _debit(row: Row[Any]) -> StoredDebit:
    return StoredDebit(
        row.id,
        row.outcome,
        row.reason,
        row.municipality,
        Yen(row.amount_yen),
        row.bank_code,
        row.account_reference,
        row.answered_at,
    )
