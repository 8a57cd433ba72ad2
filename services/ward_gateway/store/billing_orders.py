"""Orders to the centre as stored: wanted, put into a file, answered; each column is filled once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.billing_orders import (
    OrderedRecord,
    OrderKind,
    OrderOutcome,
    SentOrder,
    Wanted,
)
from services.ward_gateway.domain.bills import DeleteReason
from services.ward_gateway.domain.slips import Slip
from services.ward_gateway.store.billing_order_tables import BILLING_ORDERS
from services.ward_gateway.store.bulk import copy_rows, is_any_of, portions, whole_tables
from services.ward_gateway.store.key_standings import DUE_DATE
from shared.kit.journal import Journal
from shared.kit.money import Yen

_O = BILLING_ORDERS.c
_OPEN = _O.outcome.is_(None)
_UNSENT = (_OPEN, _O.billing_upload_id.is_(None))

# Deletes first, so that a key which replaces another never stands beside it; then slip order.
_TAKE = """
WITH taken AS (
  SELECT o.id, s.id AS slip_id, row_number() OVER (
    ORDER BY o.kind DESC, s.levy_year, s.notice_number, s.instalment, s.issue, s.id) AS record_seq
  FROM billing_orders o JOIN slips s ON s.id = o.slip_id
  WHERE o.outcome IS NULL AND o.billing_upload_id IS NULL
  ORDER BY record_seq LIMIT :limit
), leads AS (
  SELECT DISTINCT ON (t.id) t.id, t.slip_id, t.record_seq, i.assessment_id, a.assessed_year,
    a.account_code, a.payer_name_kana, DUE_DATE AS due_date
  FROM taken t
  JOIN slips s ON s.id = t.slip_id
  JOIN slip_items i ON i.slip_id = t.slip_id
  JOIN assessments a ON a.id = i.assessment_id
  ORDER BY t.id, a.levy_year, a.notice_number, a.instalment
)
UPDATE billing_orders o SET billing_upload_id = :upload_id, record_seq = l.record_seq,
  due_date = l.due_date, assessed_year = l.assessed_year, account_code = l.account_code,
  payer_name_kana = l.payer_name_kana
FROM leads l JOIN slips s ON s.id = l.slip_id WHERE l.id = o.id
RETURNING s.*, l.assessment_id, o.slip_id, o.record_seq, o.kind, o.reason,
  o.due_date AS told_due_date, o.assessed_year, o.account_code, o.payer_name_kana
""".replace("DUE_DATE", DUE_DATE)
# told_before: the last record of this key that the centre took said the very same.
_SENT = """
SELECT o.id, o.slip_id, o.record_seq, o.kind, o.outcome, s.payment_number, COALESCE((
    SELECT (b.due_date, b.assessed_year, b.account_code, b.payer_name_kana)
      IS NOT DISTINCT FROM (o.due_date, o.assessed_year, o.account_code, o.payer_name_kana)
    FROM billing_orders b WHERE b.slip_id = o.slip_id AND b.id < o.id AND b.outcome = 'held'
    ORDER BY b.id DESC LIMIT 1), false) AS told_before
FROM billing_orders o JOIN slips s ON s.id = o.slip_id
WHERE o.billing_upload_id = :upload_id
"""
_EFFECTIVE_ON = """
UPDATE slips SET centre_effective_on = GREATEST(effective_from, CAST(:first_day AS date))
WHERE id = ANY(:slip_ids)
"""


class NewOrder(NamedTuple):
    """An order for one slip; dead_at: since when its key should be gone (deletes only)."""

    slip_id: UUID
    wanted: Wanted
    dead_at: datetime | None


class BillingOrderStore:
    """Everything that was ever asked of the centre, and how it ended."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def add(self, orders: Sequence[NewOrder], wanted_at: datetime) -> None:
        """Add open orders, with one audit row for each kind and reason."""
        rows = [
            {
                "slip_id": order.slip_id,
                "kind": int(order.wanted.kind),
                "reason": None if order.wanted.reason is None else int(order.wanted.reason),
                "wanted_at": wanted_at,
                "dead_at": order.dead_at,
            }
            for order in orders
        ]
        await copy_rows(self._connection, BILLING_ORDERS, rows)
        for wanted in sorted({order.wanted for order in orders}, key=str):
            name = wanted.kind.name.lower()
            details = {
                "kind": name,
                "reason": wanted.reason and int(wanted.reason),
                "orders": sum(order.wanted == wanted for order in orders),
            }
            await self._journal.audit(
                "billing_records_wanted", "billing_orders", name, details=details
            )

    async def drop(self, slip_ids: Sequence[UUID], at: datetime) -> None:
        """End open orders of these slips that no file holds: their cause is gone."""
        values = {"outcome": OrderOutcome.NOT_NEEDED.value, "answered_at": at}
        for portion in portions(slip_ids):
            statement = update(BILLING_ORDERS).where(*_UNSENT, is_any_of(_O.slip_id, portion))
            await self._connection.execute(statement.values(values))

    async def give_up(self, slip_ids: Sequence[UUID], at: datetime) -> None:
        """End open orders of these slips as refused: their whole file was."""
        values = {"outcome": OrderOutcome.REFUSED.value, "answered_at": at}
        for portion in portions(slip_ids):
            statement = update(BILLING_ORDERS).where(_OPEN, is_any_of(_O.slip_id, portion))
            await self._connection.execute(statement.values(values))

    async def any_unsent(self) -> bool:
        """Say whether an open order is in no file yet (looked up before any lock)."""
        query = select(select(_O.id).where(*_UNSENT).exists())
        return bool((await self._connection.execute(query)).scalar_one())

    async def take_unsent(self, upload_id: UUID, limit: int) -> list[OrderedRecord]:
        """Put open orders into one file, with what they tell; return its records in order."""
        values = {"upload_id": upload_id, "limit": limit}
        statement = text(_TAKE).bindparams(bindparam("upload_id", type_=Uuid))
        async with whole_tables(self._connection):
            rows = (await self._connection.execute(statement, values)).mappings()
        records = [_record(dict(row)) for row in rows]
        return sorted(records, key=lambda record: record.record_seq)

    async def of_upload(self, upload_id: UUID) -> dict[int, SentOrder]:
        """Return a file's orders by their record's number."""
        query = text(_SENT).bindparams(bindparam("upload_id", type_=Uuid))
        rows = await self._connection.execute(query, {"upload_id": upload_id})
        return {row.record_seq: _sent(row) for row in rows}

    async def answer(
        self, ids: Sequence[int], outcome: OrderOutcome, error_code: str, at: datetime
    ) -> None:
        """End open orders with what the centre said, at its time."""
        values = {"outcome": outcome.value, "error_code": error_code or None, "answered_at": at}
        for portion in portions(ids):
            statement = update(BILLING_ORDERS).where(_OPEN, is_any_of(_O.id, portion))
            await self._connection.execute(statement.values(values))

    async def effective_from(self, slip_ids: Sequence[UUID], first_day: date) -> None:
        """Note from which Tokyo day the centre takes money on these keys, at the earliest."""
        statement = text(_EFFECTIVE_ON).bindparams(bindparam("slip_ids", type_=ARRAY(Uuid)))
        for portion in portions(slip_ids):
            values = {"first_day": first_day, "slip_ids": list(portion)}
            await self._connection.execute(statement, values)


def _record(row: Mapping[str, Any]) -> OrderedRecord:
    names = (name for name in Slip.__slots__ if name not in {"id", "due_date", "assessment_id"})
    return OrderedRecord(
        record_seq=row["record_seq"],
        kind=OrderKind(row["kind"]),
        reason=None if row["reason"] is None else DeleteReason(row["reason"]),
        slip=Slip(
            id=row["slip_id"],
            due_date=row["told_due_date"],
            assessment_id=row["assessment_id"],
            **({name: row[name] for name in names} | {"amount_yen": Yen(row["amount_yen"])}),
        ),
        assessed_year=row["assessed_year"],
        account_code=row["account_code"],
        payer_name_kana=row["payer_name_kana"],
    )


def _sent(row: Row[Any]) -> SentOrder:
    return SentOrder(
        id=row.id,
        slip_id=row.slip_id,
        record_seq=row.record_seq,
        kind=OrderKind(row.kind),
        payment_number=row.payment_number,
        outcome=None if row.outcome is None else OrderOutcome(row.outcome),
        told_before=row.told_before,
    )
