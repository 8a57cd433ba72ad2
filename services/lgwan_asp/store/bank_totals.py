"""Banks' daily totals as stored, beside the receipts of the same days.

The SQL is written out because it says what is compared.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ARRAY, Date, Text, bindparam, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.bank_totals import BankDay, Compared, DayTotals
from services.lgwan_asp.store.bank_total_tables import BANK_TOTALS
from shared.kit.journal import Journal

# The last word on each day that is asked about, or that an open exception is about.
_COMPARED = """
WITH told AS (
  SELECT DISTINCT ON (bank_code, institution_number, paid_on) *
  FROM bank_totals t
  WHERE municipality = :municipality
    AND (CAST(:bank_code AS text) IS NULL OR bank_code = :bank_code)
    AND (paid_on = ANY(:days) OR EXISTS (
      SELECT FROM exceptions e
      WHERE e.code = 'bank_totals_differ' AND e.state = 'OPEN'
        AND e.subject_id = t.bank_code || '/' || t.institution_number || '/'
          || to_char(t.paid_on, 'YYYY-MM-DD')))
  ORDER BY bank_code, institution_number, paid_on, id DESC
)
SELECT told.bank_code, told.institution_number, told.paid_on, told.receipt_count, told.amount_yen,
  count(r.id) AS held_count, COALESCE(sum(r.amount_yen), 0) AS held_yen
FROM told LEFT JOIN receipts r
  ON r.bank_code = told.bank_code AND r.institution_number = told.institution_number
 AND r.paid_on = told.paid_on AND r.state NOT IN ('CANCELLED', 'CANCELLATION_REPORTED')
GROUP BY told.bank_code, told.institution_number, told.paid_on, told.receipt_count, told.amount_yen
ORDER BY 1, 2, 3
"""


class BankTotalStore:
    """The table `bank_totals`."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def add(
        self, day: BankDay, totals: DayTotals, *, municipality: str, told_at: datetime
    ) -> None:
        """Write down what a bank tells of a day; what it told before stays."""
        row = day._asdict() | totals._asdict()
        statement = insert(BANK_TOTALS).values(**row, municipality=municipality, told_at=told_at)
        await self._connection.execute(statement)
        await self._journal.audit(
            "bank_totals_told",
            BANK_TOTALS.name,
            day.subject,
            municipality=municipality,
            details=totals._asdict(),
        )

    async def compared(
        self, municipality: str, days: Collection[date], bank_code: str | None = None
    ) -> list[Compared]:
        """Return the last totals of these days, and of those that differed before, with ours.

        bank_code: of that bank only.
        """
        statement = text(_COMPARED).bindparams(
            bindparam("days", type_=ARRAY(Date)), bindparam("bank_code", type_=Text)
        )
        values = {"municipality": municipality, "days": sorted(days), "bank_code": bank_code}
        return [
            Compared(
                BankDay(row.bank_code, row.institution_number, row.paid_on),
                DayTotals(row.receipt_count, int(row.amount_yen)),
                DayTotals(int(row.held_count), int(row.held_yen)),
            )
            for row in await self._connection.execute(statement, values)
        ]
