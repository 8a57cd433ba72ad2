"""Windows in which a dead key could still be paid, from deletes and receipts. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kit.money import Yen

_WINDOWS = """
WITH windows AS (
  SELECT outcome, EXTRACT(epoch FROM answered_at - dead_at) / 3600 AS hours
  FROM billing_orders
  WHERE kind = 3 AND dead_at >= :first AND dead_at < :until
)
SELECT
  count(*) FILTER (WHERE outcome = 'closed') AS closed,
  count(*) FILTER (WHERE outcome IS NULL OR outcome = 'refused') AS still_open,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) FILTER (WHERE outcome = 'closed') AS median,
  percentile_cont(0.95) WITHIN GROUP (ORDER BY hours) FILTER (WHERE outcome = 'closed') AS p95,
  max(hours) FILTER (WHERE outcome = 'closed') AS longest
FROM windows
"""
# Dead from the first of: another payment of one of its claims, a cancellation, a reissue, or
# whatever else led to a delete. Receipts say it, not orders: both may come with the same file.
# A slip asks for what was left when it was issued, so a payment that was known by then does not
# kill it; one told afterwards does if it was made afterwards too, or leaves less than it asks for.
_PAID = """
WITH paid AS (
  SELECT r.id, r.amount_yen, r.paid_at, LEAST(
    (SELECT min(x.paid_at) FROM slip_items i
     JOIN assessments a ON a.id = i.assessment_id
     JOIN slip_items j ON j.assessment_id = i.assessment_id
     JOIN receipts x ON x.slip_id = j.slip_id
     WHERE i.slip_id = r.slip_id AND x.state <> 'CANCELLED'
       AND (x.slip_id <> r.slip_id OR x.channel <> 'payeasy')
       AND x.registered_at >= s.issued_at
       AND (x.paid_at >= s.issued_at OR i.amount_yen > a.amount_yen - (
         SELECT COALESCE(sum(c.amount_yen), 0) FROM clearings c
         JOIN receipts o ON o.id = c.receipt_id
         WHERE c.assessment_id = i.assessment_id
           AND (o.slip_id <> r.slip_id OR o.channel <> 'payeasy')))),
    (SELECT min(a.cancelled_at) FROM slip_items i JOIN assessments a ON a.id = i.assessment_id
     WHERE i.slip_id = r.slip_id),
    (SELECT n.issued_at FROM slips n WHERE n.id = s.replaced_by_slip_id),
    (SELECT min(o.dead_at) FROM billing_orders o
     WHERE o.slip_id = r.slip_id AND o.kind = 3
       AND (o.answered_at IS NULL OR o.answered_at >= r.paid_at))
  ) AS dead_at
  FROM receipts r JOIN slips s ON s.id = r.slip_id
  WHERE r.channel = 'payeasy' AND r.state <> 'CANCELLED'
)
SELECT count(*) AS receipts, COALESCE(sum(amount_yen), 0) AS yen
FROM paid WHERE dead_at < paid_at AND dead_at >= :first AND dead_at < :until
"""


@dataclass(frozen=True, slots=True)
class DeadKeys:
    """Keys that died in a span of time. Hours are of the closed ones, None if there are none.

    still_open: the centre has not been told, has not answered, or refused. paid_while_dead: live
    Pay-easy receipts on a key after its death, with their yen.
    """

    closed: int
    still_open: int
    median_hours: float | None
    p95_hours: float | None
    longest_hours: float | None
    paid_while_dead: int
    paid_while_dead_yen: Yen


class DeadKeyStore:
    """Reads only."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def between(self, first: datetime, until: datetime) -> DeadKeys:
        """Return the windows of keys that died from `first` on and before `until`."""
        span = {"first": first, "until": until}
        typed = [bindparam(name, type_=DateTime(timezone=True)) for name in span]
        windows = (await self._connection.execute(text(_WINDOWS).bindparams(*typed), span)).one()
        paid = (await self._connection.execute(text(_PAID).bindparams(*typed), span)).one()
        return DeadKeys(
            closed=windows.closed,
            still_open=windows.still_open,
            median_hours=_hours(windows.median),
            p95_hours=_hours(windows.p95),
            longest_hours=_hours(windows.longest),
            paid_while_dead=paid.receipts,
            paid_while_dead_yen=Yen(int(paid.yen)),
        )


def _hours(value: object) -> float | None:
    return None if value is None else round(float(str(value)), 1)
