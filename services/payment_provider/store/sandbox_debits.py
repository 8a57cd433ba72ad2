"""The books of the payers' banks that stand behind the provider in sandbox mode, kept in our
database.

An answer is given once for a debit id and never changed; accounts open by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payment_provider.store.tables import SANDBOX_ACCOUNTS, SANDBOX_DEBITS
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
    """The tables `sandbox_accounts` and `sandbox_debits`, in one transaction."""

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
        """Take money from a locked account that has enough."""
        c = SANDBOX_ACCOUNTS.c
        statement = update(SANDBOX_ACCOUNTS).where(
            c.bank_code == bank_code, c.account_reference == account_reference
        )
        await self._connection.execute(statement.values(balance_yen=c.balance_yen - amount_yen))

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

    async def standing(self, after: UUID | None, limit: int) -> list[StoredDebit]:
        """Return debits that took money, by id, after one of them."""
        c = SANDBOX_DEBITS.c
        query = select(SANDBOX_DEBITS).where(c.outcome == DEBITED)
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
