"""How records of an upload become bills: a few statements for a portion, whatever its size.

The SQL is written out because it is the rule: E110, E120, E130, E140 of DOMAIN §2.7.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

_PORTION = "r.file_id = :file_id AND r.record_seq BETWEEN :first AND :last"
_TURN = "r.file_id = :file_id AND r.record_seq = ANY(:turn)"
_SAME_KEY = """(b.institution_number, b.payment_number, b.category)
    = (r.institution_number, r.payment_number, r.category)"""

# turns: how often the most frequent key stands in the portion.
_COUNT = f"""
SELECT coalesce(max(k.n), 0) AS turns, coalesce(sum(k.adds), 0) AS adds,
  coalesce(sum(k.n - k.adds), 0) AS others
FROM (
  SELECT count(*) AS n, count(*) FILTER (WHERE r.proc = 1) AS adds
  FROM billing_records r WHERE {_PORTION} GROUP BY r.payment_number, r.category
) k
"""  # noqa: S608 - our own condition

_TURNS = f"""
SELECT t.turn, array_agg(t.record_seq) AS records, count(*) FILTER (WHERE t.proc = 1) AS adds
FROM (
  SELECT r.record_seq, r.proc, row_number() OVER (
    PARTITION BY r.payment_number, r.category ORDER BY r.record_seq) AS turn
  FROM billing_records r WHERE {_PORTION}
) t
GROUP BY t.turn ORDER BY t.turn
"""  # noqa: S608

# A portion is looked up key by key. Bills grow faster than anybody counts them (ANALYZE): a plan
# for the few of before would read all of them for each record, or once for each portion.
BY_INDEX = tuple(
    f"SET LOCAL enable_{way} = off" for way in ("hashjoin", "mergejoin", "seqscan", "bitmapscan")
)

_VALUES = """confirmation_number, amount_yen, principal_yen, late_charge_yen, fee_yen, due_date,
  limit_date, levy_year, assessed_year, instalment, account_code, notice_number, issue, slip_type,
  payer_name_kana, description_kana"""

_INSERT = """
INSERT INTO bills (
  institution_number, payment_number, category, municipality, {values},
  effective_on, delete_reason, file_id, record_seq)
SELECT
  institution_number, payment_number, category, municipality, {values},
  GREATEST(effective_from, CAST(:first_day AS date)), NULL, file_id, record_seq
FROM billing_records r
WHERE {which} AND r.proc = 1
"""

# A new key, or one that was deleted and is not paid, gets the record's values. What is left out
# here is judged below.
_ADD = (
    _INSERT  # noqa: S608
    + """
ON CONFLICT (institution_number, payment_number, category) DO UPDATE SET
  confirmation_number = EXCLUDED.confirmation_number, amount_yen = EXCLUDED.amount_yen,
  principal_yen = EXCLUDED.principal_yen, late_charge_yen = EXCLUDED.late_charge_yen,
  fee_yen = EXCLUDED.fee_yen, due_date = EXCLUDED.due_date, limit_date = EXCLUDED.limit_date,
  levy_year = EXCLUDED.levy_year, assessed_year = EXCLUDED.assessed_year,
  instalment = EXCLUDED.instalment, account_code = EXCLUDED.account_code,
  notice_number = EXCLUDED.notice_number, issue = EXCLUDED.issue,
  slip_type = EXCLUDED.slip_type, payer_name_kana = EXCLUDED.payer_name_kana,
  description_kana = EXCLUDED.description_kana, effective_on = EXCLUDED.effective_on,
  delete_reason = NULL, file_id = EXCLUDED.file_id, record_seq = EXCLUDED.record_seq
WHERE bills.delete_reason IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM receipts c
  WHERE (c.institution_number, c.payment_number, c.category)
      = (bills.institution_number, bills.payment_number, bills.category)
    AND c.state NOT IN ('CANCELLED', 'CANCELLATION_REPORTED'))
"""
)

# The bills in question stay locked by the attempt above: none of them can have changed since.
_JUDGE_ADDS = """
UPDATE billing_records r
SET error_code = CASE WHEN b.delete_reason IS NULL THEN 'E110' ELSE 'E130' END
FROM bills b
WHERE {which} AND r.proc = 1 AND {same_key}
  AND (b.file_id, b.record_seq) <> (r.file_id, r.record_seq)
"""

# Changes and deletes wait for inquiries under way, so that their sessions are seen below (E140);
# in the order of keys, as everybody who locks several bills.
_LOCK = """
SELECT count(*) FROM (
  SELECT 1 FROM billing_records r JOIN bills b ON {same_key}
  WHERE {which} AND r.proc <> 1
  ORDER BY b.institution_number, b.payment_number, b.category
  FOR NO KEY UPDATE OF b
) locked
"""

_JUDGE_OTHERS = """
UPDATE billing_records t SET error_code = judged.error_code
FROM (
  SELECT r.record_seq, CASE
    WHEN b.payment_number IS NULL THEN 'E120'
    WHEN EXISTS (
      SELECT 1 FROM receipts c
      WHERE (c.institution_number, c.payment_number, c.category)
          = (r.institution_number, r.payment_number, r.category)
        AND c.state NOT IN ('CANCELLED', 'CANCELLATION_REPORTED')) THEN 'E130'
    WHEN b.delete_reason IS NOT NULL THEN 'E120'
    WHEN r.proc = 2 AND r.amount_yen <> b.amount_yen AND EXISTS (
      SELECT 1 FROM inquiry_sessions s
      WHERE (s.institution_number, s.payment_number, s.category)
          = (r.institution_number, r.payment_number, r.category)
        AND s.used_at IS NULL AND s.valid_until > :now) THEN 'E140'
    END AS error_code
  FROM billing_records r LEFT JOIN bills b ON {same_key}
  WHERE {which} AND r.proc <> 1
) judged
WHERE t.file_id = :file_id AND t.record_seq = judged.record_seq AND judged.error_code IS NOT NULL
"""

_CHANGE = """
UPDATE bills b SET
  confirmation_number = r.confirmation_number, amount_yen = r.amount_yen,
  principal_yen = r.principal_yen, late_charge_yen = r.late_charge_yen, fee_yen = r.fee_yen,
  due_date = r.due_date, limit_date = r.limit_date, levy_year = r.levy_year,
  assessed_year = r.assessed_year, instalment = r.instalment, account_code = r.account_code,
  notice_number = r.notice_number, issue = r.issue, slip_type = r.slip_type,
  payer_name_kana = r.payer_name_kana, description_kana = r.description_kana,
  effective_on = GREATEST(r.effective_from, CAST(:first_day AS date)), file_id = r.file_id,
  record_seq = r.record_seq
FROM billing_records r
WHERE {which} AND r.proc = 2 AND r.error_code IS NULL AND {same_key}
"""

_DELETE = """
UPDATE bills b SET delete_reason = r.delete_reason, file_id = r.file_id, record_seq = r.record_seq
FROM billing_records r
WHERE {which} AND r.proc = 3 AND r.error_code IS NULL AND {same_key}
"""


@dataclass(frozen=True, slots=True)
class Portion:
    """Records `first` to `last` of a file; before first_day nothing of it is in effect.

    keys_repeat: whether a key may stand in the file twice.
    """

    file_id: UUID
    first: int
    last: int
    keys_repeat: bool
    first_day: date
    now: datetime


@dataclass(frozen=True, slots=True)
class _Turn:
    """Records among which no key stands twice, so that their order cannot matter."""

    which: str
    parameters: dict[str, Any]
    adds: int
    others: int


async def apply_portion(connection: AsyncConnection, portion: Portion) -> None:
    """Judge and apply a portion's records, those of one key in their order.

    A delete holds at once: nothing speaks for taking money on a dead slip until the morning.
    """
    for setting in BY_INDEX:
        await connection.execute(text(setting))
    if not portion.keys_repeat and await _add_if_all_are_new(connection, portion):
        return
    async for turn in _turns(connection, portion):
        if turn.adds:
            await _add(connection, turn, portion)
        if turn.others:
            await _change_and_delete(connection, turn, portion)


async def _add_if_all_are_new(connection: AsyncConnection, portion: Portion) -> bool:
    """Add every record if all are adds of new keys; otherwise change nothing and say so.

    A year's bills are that; then no key is looked up, for the primary key finds one that is there.
    """
    turn = _Turn(_PORTION, _whole(portion), adds=portion.last - portion.first + 1, others=0)
    attempt = await connection.begin_nested()
    more = {"first_day": portion.first_day}
    try:
        added = await connection.execute(_statement(_INSERT, turn), turn.parameters | more)
        all_new = added.rowcount == turn.adds
    except IntegrityError:
        all_new = False
    await (attempt.commit() if all_new else attempt.rollback())
    return all_new


def _whole(portion: Portion) -> dict[str, Any]:
    return {"file_id": portion.file_id, "first": portion.first, "last": portion.last}


async def _turns(connection: AsyncConnection, portion: Portion) -> AsyncIterator[_Turn]:
    """Give the portion as it is or, where a key stands in it twice, its first records first."""
    whole = _whole(portion)
    counted = (await connection.execute(text(_COUNT), whole)).one()
    if counted.turns <= 1:
        yield _Turn(_PORTION, whole, int(counted.adds), int(counted.others))
        return
    for row in (await connection.execute(text(_TURNS), whole)).all():
        parameters = {"file_id": portion.file_id, "turn": row.records}
        yield _Turn(_TURN, parameters, row.adds, len(row.records) - row.adds)


async def _add(connection: AsyncConnection, turn: _Turn, portion: Portion) -> None:
    more = {"first_day": portion.first_day}
    added = await connection.execute(_statement(_ADD, turn), turn.parameters | more)
    if added.rowcount != turn.adds:
        await connection.execute(_statement(_JUDGE_ADDS, turn), turn.parameters)


async def _change_and_delete(connection: AsyncConnection, turn: _Turn, portion: Portion) -> None:
    parameters = turn.parameters
    await connection.execute(_statement(_LOCK, turn), parameters)
    await connection.execute(_statement(_JUDGE_OTHERS, turn), parameters | {"now": portion.now})
    more = {"first_day": portion.first_day}
    await connection.execute(_statement(_CHANGE, turn), parameters | more)
    await connection.execute(_statement(_DELETE, turn), parameters)


def _statement(form: str, turn: _Turn) -> Any:  # noqa: ANN401 - SQLAlchemy's text clause
    return text(form.format(which=turn.which, same_key=_SAME_KEY, values=_VALUES))
