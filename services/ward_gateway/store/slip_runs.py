"""What claims still owe, beside their newest slips: facts only, for the rule in domain/slip_runs.

The SQL is written out because it says what each fact is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.assessments import Assessment
from services.ward_gateway.domain.debit_results import by_failed_debit
from services.ward_gateway.domain.slip_runs import (
    OwedNotice,
    Owing,
    PrintedLumpSum,
    PrintedSlip,
)
from services.ward_gateway.store.assessments import assessment_of
from services.ward_gateway.store.bulk import whole_tables
from shared.kit.money import Yen

# Payable by slip (as it was stated, or since its debit failed), and not paid in full by any live
# receipt that is not on hold (消込).
_OWING = """
WITH paid AS (
  SELECT assessment_id, sum(amount_yen) AS yen FROM clearings GROUP BY assessment_id
), newest AS (
  SELECT DISTINCT ON (i.assessment_id) i.assessment_id, s.id AS slip_id, s.issue AS slip_issue,
    i.amount_yen AS asks_yen, s.limit_date AS slip_limit_date, i.corrections AS printed_corrections
  FROM slip_items i JOIN slips s ON s.id = i.slip_id
  WHERE s.slip_type = 1 ORDER BY i.assessment_id, s.issue DESC
)
SELECT a.*, a.amount_yen - COALESCE(p.yen, 0) AS owed_yen, n.*
FROM assessments a
LEFT JOIN paid p ON p.assessment_id = a.id
LEFT JOIN newest n ON n.assessment_id = a.id
WHERE (a.payment_method = 1 OR a.failed_debit_id IS NOT NULL)
  AND a.cancelled_at IS NULL AND a.amount_yen > COALESCE(p.yen, 0)
  AND WHICH
ORDER BY a.levy_year, a.notice_number, a.instalment
"""
_NOT_SURELY_RIGHT = """(
  n.slip_id IS NULL OR n.asks_yen <> a.amount_yen - COALESCE(p.yen, 0)
  OR n.printed_corrections <> a.corrections OR n.slip_issue < a.issue
)"""
_OF_YEAR = """a.fiscal_year = :fiscal_year
  AND (CAST(:notice_number AS text) IS NULL OR a.notice_number = :notice_number)"""
# Not IN (SELECT ...): a join by hash over so few different years would compare all with all.
_OF_ISSUED_YEARS = "a.fiscal_year = ANY (ARRAY(SELECT DISTINCT fiscal_year FROM slips))"
_LUMP_SUMS = """
WITH newest AS (
  SELECT DISTINCT ON (levy_year, notice_number) *
  FROM slips WHERE slip_type = 2 AND fiscal_year = :fiscal_year
  ORDER BY levy_year, notice_number, issue DESC
)
SELECT n.levy_year, n.notice_number, n.id, n.limit_date, i.assessment_id, i.amount_yen
FROM newest n JOIN slip_items i ON i.slip_id = n.id
"""
# 発行回数 goes on over the years: the payment number of a notice says no 会計年度.
_NEXT_ISSUES = """
SELECT levy_year, notice_number, max(issue) + 1 AS next_issue FROM slips
WHERE slip_type = 2 GROUP BY levy_year, notice_number
"""
Notice = tuple[int, str]


class SlipRunStore:
    """Reads only."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_year(self, fiscal_year: int, notice_number: str | None = None) -> list[Owing]:
        """Return the claims of a year that have no slip, or one that may not be right any more.

        notice_number: of notices of this number alone.
        """
        values = {"fiscal_year": fiscal_year, "notice_number": notice_number}
        return await self._owing(f"{_OF_YEAR} AND {_NOT_SURELY_RIGHT}", values)

    async def of_issued_years(self) -> list[Owing]:
        """Return the same for every year of which a slip was issued."""
        return await self._owing(f"{_OF_ISSUED_YEARS} AND {_NOT_SURELY_RIGHT}", {})

    async def lump_sums(
        self, fiscal_year: int, notice_number: str | None = None
    ) -> list[OwedNotice]:
        """Return all that a year's notices owe, each beside its newest lump-sum slip of the year.

        notice_number: notices of this number alone.
        """
        values = {"fiscal_year": fiscal_year, "notice_number": notice_number}
        owing: defaultdict[Notice, list[Owing]] = defaultdict(list)
        for each in await self._owing(_OF_YEAR, values):
            claim = each.assessment
            owing[claim.levy_year, claim.notice_number].append(each)
        newest = await self._newest_lump_sums(fiscal_year)
        issues = await self._next_issues()
        return [
            OwedNotice(claims, newest.get(notice), issues.get(notice, 0))
            for notice, claims in owing.items()
        ]

    async def _owing(self, which: str, values: Mapping[str, Any]) -> list[Owing]:
        async with whole_tables(self._connection):
            query = text(_OWING.replace("WHICH", which))
            rows = (await self._connection.execute(query, values)).all()
        return [_owing(row) for row in rows]

    async def _next_issues(self) -> dict[Notice, int]:
        rows = await self._connection.execute(text(_NEXT_ISSUES))
        return {(row.levy_year, row.notice_number): row.next_issue for row in rows}

    async def _newest_lump_sums(self, fiscal_year: int) -> dict[Notice, PrintedLumpSum]:
        values = {"fiscal_year": fiscal_year}
        async with whole_tables(self._connection):
            rows = (await self._connection.execute(text(_LUMP_SUMS), values)).all()
        asks: defaultdict[UUID, dict[UUID, int]] = defaultdict(dict)
        for row in rows:
            asks[row.id][row.assessment_id] = int(row.amount_yen)
        return {
            (row.levy_year, row.notice_number): PrintedLumpSum(row.id, row.limit_date, asks[row.id])
            for row in rows
        }


def _owing(row: Row[Any]) -> Owing:
    claim = {name: getattr(row, name) for name in Assessment.__slots__}
    newest = None
    if row.slip_id is not None:
        newest = PrintedSlip(
            row.slip_id,
            row.slip_issue,
            int(row.asks_yen),
            row.slip_limit_date,
            row.printed_corrections,
        )
    assessment = assessment_of(claim)
    if row.failed_debit_id is not None:
        assessment = by_failed_debit(assessment)
    return Owing(assessment, Yen(int(row.owed_yen)), newest)
