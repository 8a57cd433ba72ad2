"""Banks that guess: what a bank asked on a service day, slow banks, and keys that were unlocked."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.inquiries import BillKey
from services.lgwan_asp.domain.slow_banks import BankDay
from services.lgwan_asp.store.operation_tables import SLOW_BANKS, UNLOCKS
from shared.kit.context import actor
from shared.kit.ids import new_id

_DAY = text("""
SELECT coalesce(sum(w.count), 0) AS wrong,
  count(*) FILTER (WHERE w.count >= :wrong_numbers_max) AS locked_keys,
  (SELECT count(*) FROM inquiry_sessions s
    WHERE s.municipality = :municipality AND s.bank_code = :bank_code
      AND s.opened_at >= :day_began) AS told
FROM wrong_numbers w
WHERE w.municipality = :municipality AND w.bank_code = :bank_code AND w.on_date = :service_day
""")


class SlowBankStore:
    """The tables `slow_banks` and `unlocks`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def day(
        self,
        *,
        municipality: str,
        bank_code: str,
        service_day: date,
        day_began: datetime,
        wrong_numbers_max: int,
    ) -> BankDay:
        """Return what a bank asked at a municipality since a service day began."""
        values = {
            "municipality": municipality,
            "bank_code": bank_code,
            "service_day": service_day,
            "day_began": day_began,
            "wrong_numbers_max": wrong_numbers_max,
        }
        row = (await self._connection.execute(_DAY, values)).one()
        return BankDay(int(row.wrong), int(row.wrong) + row.told, row.locked_keys)

    async def slow_down(
        self, day: BankDay, *, municipality: str, bank_code: str, service_day: date, since: datetime
    ) -> bool:
        """Slow a bank down for the rest of the service day; say whether it was not slow yet."""
        statement = insert_once(SLOW_BANKS).values(
            municipality=municipality,
            bank_code=bank_code,
            on_date=service_day,
            wrong=day.wrong,
            asked=day.asked,
            since=since,
        )
        added = await self._connection.execute(
            statement.on_conflict_do_nothing().returning(SLOW_BANKS.c.bank_code)
        )
        return added.scalar_one_or_none() is not None

    async def note_unlock(
        self,
        key: BillKey,
        *,
        municipality: str,
        bank_code: str,
        service_day: date,
        wrong_numbers: int,
        reason: str,
        document_number: str,
        at: datetime,
    ) -> UUID:
        """Write down that a key was unlocked, by whom, on what document; return the row's id."""
        row_id = new_id()
        await self._connection.execute(
            insert(UNLOCKS).values(
                id=row_id,
                municipality=municipality,
                institution_number=key.institution_number,
                payment_number=key.payment_number,
                category=key.category,
                bank_code=bank_code,
                on_date=service_day,
                wrong_numbers=wrong_numbers,
                reason=reason,
                document_number=document_number,
                unlocked_by=actor(),
                unlocked_at=at,
            )
        )
        return row_id
