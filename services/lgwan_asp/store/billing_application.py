"""How records of an upload become bills: five statements for each turn, whatever their number.

The SQL is written out because it is the rule: E110, E120, E130, E140 of DOMAIN §2.7.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Changes and deletes wait for inquiries under way, so that their sessions are seen below (E140).
_LOCK = """
SELECT 1 FROM bills b JOIN billing_records r
  ON (b.institution_number, b.payment_number, b.category)
   = (r.institution_number, r.payment_number, r.category)
WHERE r.file_id = :file_id AND r.turn = :turn AND r.proc <> 1
FOR NO KEY UPDATE OF b
"""

_JUDGE = """
UPDATE billing_records t SET error_code = judged.error_code
FROM (
  SELECT r.record_seq, CASE
    WHEN r.proc = 1 AND b.payment_number IS NOT NULL AND b.delete_reason IS NULL THEN 'E110'
    WHEN r.proc <> 1 AND b.payment_number IS NULL THEN 'E120'
    WHEN EXISTS (
      SELECT 1 FROM receipts c
      WHERE (c.institution_number, c.payment_number, c.category)
          = (r.institution_number, r.payment_number, r.category)
        AND c.state NOT IN ('CANCELLED', 'CANCELLATION_REPORTED')) THEN 'E130'
    WHEN r.proc <> 1 AND b.delete_reason IS NOT NULL THEN 'E120'
    WHEN r.proc = 2 AND r.amount_yen <> b.amount_yen AND EXISTS (
      SELECT 1 FROM inquiry_sessions s
      WHERE (s.institution_number, s.payment_number, s.category)
          = (r.institution_number, r.payment_number, r.category)
        AND s.used_at IS NULL AND s.valid_until > :now) THEN 'E140'
    END AS error_code
  FROM billing_records r LEFT JOIN bills b
    ON (b.institution_number, b.payment_number, b.category)
     = (r.institution_number, r.payment_number, r.category)
  WHERE r.file_id = :file_id AND r.turn = :turn
) judged
WHERE t.file_id = :file_id AND t.record_seq = judged.record_seq AND judged.error_code IS NOT NULL
"""

# An add of a deleted key brings it back with the new record's values.
_ADD = """
INSERT INTO bills (
  institution_number, payment_number, category, municipality, confirmation_number, amount_yen,
  principal_yen, late_charge_yen, fee_yen, due_date, limit_date, levy_year, assessed_year,
  instalment, account_code, notice_number, issue, slip_type, payer_name_kana, description_kana,
  effective_on, delete_reason, file_id)
SELECT
  institution_number, payment_number, category, municipality, confirmation_number, amount_yen,
  principal_yen, late_charge_yen, fee_yen, due_date, limit_date, levy_year, assessed_year,
  instalment, account_code, notice_number, issue, slip_type, payer_name_kana, description_kana,
  GREATEST(effective_from, CAST(:first_day AS date)), NULL, file_id
FROM billing_records
WHERE file_id = :file_id AND turn = :turn AND proc = 1 AND error_code IS NULL
ON CONFLICT (institution_number, payment_number, category) DO UPDATE SET
  confirmation_number = EXCLUDED.confirmation_number, amount_yen = EXCLUDED.amount_yen,
  principal_yen = EXCLUDED.principal_yen, late_charge_yen = EXCLUDED.late_charge_yen,
  fee_yen = EXCLUDED.fee_yen, due_date = EXCLUDED.due_date, limit_date = EXCLUDED.limit_date,
  levy_year = EXCLUDED.levy_year, assessed_year = EXCLUDED.assessed_year,
  instalment = EXCLUDED.instalment, account_code = EXCLUDED.account_code,
  notice_number = EXCLUDED.notice_number, issue = EXCLUDED.issue,
  slip_type = EXCLUDED.slip_type, payer_name_kana = EXCLUDED.payer_name_kana,
  description_kana = EXCLUDED.description_kana, effective_on = EXCLUDED.effective_on,
  delete_reason = NULL, file_id = EXCLUDED.file_id
"""

_CHANGE = """
UPDATE bills b SET
  confirmation_number = r.confirmation_number, amount_yen = r.amount_yen,
  principal_yen = r.principal_yen, late_charge_yen = r.late_charge_yen, fee_yen = r.fee_yen,
  due_date = r.due_date, limit_date = r.limit_date, levy_year = r.levy_year,
  assessed_year = r.assessed_year, instalment = r.instalment, account_code = r.account_code,
  notice_number = r.notice_number, issue = r.issue, slip_type = r.slip_type,
  payer_name_kana = r.payer_name_kana, description_kana = r.description_kana,
  effective_on = GREATEST(r.effective_from, CAST(:first_day AS date)), file_id = r.file_id
FROM billing_records r
WHERE r.file_id = :file_id AND r.turn = :turn AND r.proc = 2 AND r.error_code IS NULL
  AND (b.institution_number, b.payment_number, b.category)
    = (r.institution_number, r.payment_number, r.category)
"""

_DELETE = """
UPDATE bills b SET delete_reason = r.delete_reason, file_id = r.file_id
FROM billing_records r
WHERE r.file_id = :file_id AND r.turn = :turn AND r.proc = 3 AND r.error_code IS NULL
  AND (b.institution_number, b.payment_number, b.category)
    = (r.institution_number, r.payment_number, r.category)
"""


async def apply_records(
    connection: AsyncConnection, *, file_id: UUID, turn: int, first_day: date, now: datetime
) -> None:
    """Judge and apply the records of one turn; first_day: before it nothing is in effect.

    Within a turn no key stands twice, so the order of records cannot matter. A delete holds at
    once: nothing speaks for taking money on a dead slip until the morning.
    """
    which = {"file_id": file_id, "turn": turn}
    await connection.execute(text(_LOCK), which)
    await connection.execute(text(_JUDGE), which | {"now": now})
    await connection.execute(text(_ADD), which | {"first_day": first_day})
    await connection.execute(text(_CHANGE), which | {"first_day": first_day})
    await connection.execute(text(_DELETE), which)
