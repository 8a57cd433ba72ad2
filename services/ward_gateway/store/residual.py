"""The residual: one query over raw rows that reads no heap, no statement line and no stored sum.

It is the sum of *absolute* differences, in yen, so that two mistakes cannot hide each other:

- per assessment: |what its live receipts can pay at most (their parts by slip item, up to its
  amount) - its clearings|. Clearings that stand on a cancelled receipt, or on one that is on hold,
  count as too much.
- per receipt: |its amount (0 once cancelled) - its fundings|; a live receipt that stands on no slip
  counts whole, for it explains nothing.
- per bank line: |its amount (0 if a cancelled line takes it back) - its fundings|; a line from an
  unknown remitter has no fundings and counts whole, as does a cancelled line without an original.

Money in transit is therefore residual until it has come.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

RESIDUAL = text("""
WITH live AS (
    SELECT id, slip_id, amount_yen FROM receipts r WHERE state <> 'CANCELLED'
    AND NOT EXISTS (SELECT FROM receipt_holds h WHERE h.receipt_id = r.id AND h.state = 'HELD')
), item AS (
    SELECT i.slip_id, i.assessment_id, i.amount_yen,
           COALESCE(SUM(i.amount_yen) OVER (own ROWS BETWEEN UNBOUNDED PRECEDING
                                                         AND 1 PRECEDING), 0) AS before_yen,
           LEAD(i.assessment_id) OVER own IS NULL AS is_last
    FROM slip_items i JOIN assessments a ON a.id = i.assessment_id
    WINDOW own AS (PARTITION BY i.slip_id ORDER BY a.levy_year, a.notice_number, a.instalment)
), payable AS (
    SELECT item.assessment_id,
           SUM(GREATEST(0, CASE WHEN is_last THEN live.amount_yen - before_yen
                                ELSE LEAST(item.amount_yen, live.amount_yen - before_yen)
                           END)) AS yen
    FROM item JOIN live ON live.slip_id = item.slip_id
    GROUP BY item.assessment_id
), cleared AS (
    SELECT assessment_id, SUM(amount_yen) AS yen FROM clearings GROUP BY assessment_id
), brought AS (
    SELECT receipt_id, SUM(amount_yen) AS yen FROM fundings GROUP BY receipt_id
), used AS (
    SELECT deposit_id, SUM(amount_yen) AS yen FROM fundings GROUP BY deposit_id
), bank AS (
    SELECT original.id, reversal.id AS reversal_id,
           CASE WHEN reversal.id IS NULL THEN original.amount_yen ELSE 0 END AS yen
    FROM deposits original LEFT JOIN deposits reversal
      ON reversal.cancelled AND reversal.value_date = original.value_date
     AND reversal.reference = original.reference
     AND reversal.remitter_code = original.remitter_code
     AND reversal.amount_yen = original.amount_yen
    WHERE NOT original.cancelled
), difference AS (
    SELECT ABS(LEAST(a.amount_yen, COALESCE(payable.yen, 0)) - COALESCE(cleared.yen, 0)) AS yen
    FROM assessments a
    LEFT JOIN payable ON payable.assessment_id = a.id
    LEFT JOIN cleared ON cleared.assessment_id = a.id
    UNION ALL
    SELECT CASE WHEN r.state = 'CANCELLED' THEN COALESCE(brought.yen, 0)
                WHEN r.slip_id IS NULL THEN r.amount_yen
                ELSE ABS(r.amount_yen - COALESCE(brought.yen, 0)) END
    FROM receipts r LEFT JOIN brought ON brought.receipt_id = r.id
    UNION ALL
    SELECT ABS(bank.yen - COALESCE(used.yen, 0))
    FROM bank LEFT JOIN used ON used.deposit_id = bank.id
    UNION ALL
    SELECT d.amount_yen FROM deposits d
    WHERE d.cancelled AND NOT EXISTS (SELECT FROM bank WHERE bank.reversal_id = d.id)
)
SELECT COALESCE(SUM(yen), 0) FROM difference
""")


async def residual_yen(connection: AsyncConnection) -> int:
    """Return the residual of the whole ward in yen, in the transaction of a connection."""
    return int((await connection.execute(RESIDUAL)).scalar_one())
