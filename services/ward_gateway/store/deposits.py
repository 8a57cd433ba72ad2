"""入金 as stored: each bank line once, whatever file or how many files name it.

Knows no receipt; which deposit funds what stands in fundings.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.deposits import BankReference, Deposit
from services.ward_gateway.store.tables import BANK_STATEMENTS, DEPOSITS
from shared.kit.journal import Journal
from shared.kit.money import Yen

RECORD = DEPOSITS.name
STATE = "BOOKED"  # a bank line never moves: its history has this one row, for the roll-forward
ROWS_PER_INSERT = 2500


class DepositStore:
    """Adds bank lines; nothing changes or removes one."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def add_statement(
        self, *, sha256: str, deposits: int, total_yen: Yen, taken_at: datetime
    ) -> bool:
        """Remember a bank statement by its bytes; return False if the same bytes came before."""
        statement = (
            insert(BANK_STATEMENTS)
            .values(sha256=sha256, deposits=deposits, total_yen=total_yen, taken_at=taken_at)
            .on_conflict_do_nothing()
            .returning(BANK_STATEMENTS.c.sha256)
        )
        added = (await self._connection.execute(statement)).one_or_none() is not None
        if added:
            await self._journal.audit(
                "bank_statement_taken", BANK_STATEMENTS.name, sha256, details={"lines": deposits}
            )
        return added

    async def add(
        self, deposits: Sequence[Deposit], *, sha256: str, registered_at: datetime
    ) -> set[BankReference]:
        """Book the lines whose day, reference and 取消区分 are new; return those."""
        added: list[Row[Any]] = []
        for start in range(0, len(deposits), ROWS_PER_INSERT):
            rows = [
                {
                    "id": deposit.id,
                    "value_date": deposit.value_date,
                    "reference": deposit.reference,
                    "remitter_code": deposit.remitter_code,
                    "remitter_name_kana": deposit.remitter_name_kana,
                    "channel": deposit.channel,
                    "cancelled": deposit.cancelled,
                    "amount_yen": deposit.amount_yen,
                    "statement_sha256": sha256,
                    "source_line": deposit.source_line,
                    "registered_at": registered_at,
                }
                for deposit in deposits[start : start + ROWS_PER_INSERT]
            ]
            statement = (
                insert(DEPOSITS)
                .values(rows)
                .on_conflict_do_nothing(constraint="one_deposit")
                .returning(
                    DEPOSITS.c.id, DEPOSITS.c.value_date, DEPOSITS.c.reference, DEPOSITS.c.cancelled
                )
            )
            added += (await self._connection.execute(statement)).all()
        ids = [row.id for row in added]
        await self._journal.opened(RECORD, ids, STATE, "deposit_booked")
        return {BankReference(row.value_date, row.reference, row.cancelled) for row in added}

    async def of_days(self, deposits: Iterable[Deposit]) -> dict[BankReference, Deposit]:
        """Return every line that is booked on the days of these."""
        days = {deposit.value_date for deposit in deposits}
        query = select(DEPOSITS).where(DEPOSITS.c.value_date.in_(days))
        booked = [deposit_of(row) for row in await self._connection.execute(query)]
        return {deposit.key: deposit for deposit in booked}

    async def all(self) -> list[Deposit]:
        """Return every bank line."""
        rows = await self._connection.execute(select(DEPOSITS))
        return [deposit_of(row) for row in rows]


def deposit_of(row: Row[Any]) -> Deposit:
    """Make a record of a row of deposits."""
    return Deposit(
        id=row.id,
        value_date=row.value_date,
        reference=row.reference,
        remitter_code=row.remitter_code,
        remitter_name_kana=row.remitter_name_kana,
        channel=row.channel,
        cancelled=row.cancelled,
        amount_yen=Yen(row.amount_yen),
        source_line=row.source_line,
    )
