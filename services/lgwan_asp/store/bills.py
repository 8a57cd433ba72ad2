"""Bills: what stands behind a key when a bank asks, and wrong confirmation numbers.

The SQL is written out because an inquiry is the centre's hot path: one look, then one row.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.inquiries import (
    Bill,
    BillFacts,
    BillKey,
    DeleteReason,
    InquiryFacts,
)
from services.lgwan_asp.domain.service_hours import OutageKind
from shared.kit.hot_path import HotStatement
from shared.kit.money import Yen

# A receipt that is cancelled leaves the key payable again. Only a reissue (issue > 0) can
# supersede another slip. 'down' comes before 'planned', also in the alphabet.
_FACTS = HotStatement("""
SELECT b.*,
  EXISTS (
    SELECT 1 FROM receipts r
    WHERE r.institution_number = b.institution_number AND r.payment_number = b.payment_number
      AND r.category = b.category
      AND r.state NOT IN ('CANCELLED', 'CANCELLATION_REPORTED')) AS paid,
  EXISTS (
    SELECT 1 FROM bills n
    WHERE n.institution_number = b.institution_number AND n.notice_number = b.notice_number
      AND n.levy_year = b.levy_year AND n.instalment = b.instalment
      AND n.slip_type = b.slip_type AND n.category = b.category
      AND n.issue > 0 AND n.issue > b.issue
      AND n.delete_reason IS NULL AND n.effective_on <= :effective_until) AS superseded,
  (SELECT w.count FROM wrong_numbers w
    WHERE w.institution_number = :institution_number AND w.payment_number = :payment_number
      AND w.category = :category AND w.bank_code = :bank_code AND w.on_date = :service_day
  ) AS wrong,
  EXISTS (
    SELECT 1 FROM slow_banks s
    WHERE s.municipality = :municipality AND s.bank_code = :bank_code
      AND s.on_date = :service_day) AS bank_is_slow,
  (SELECT min(o.kind) FROM outages o
    WHERE o.municipality IN ('', :municipality) AND o.starts_at <= :now
      AND (o.ends_at IS NULL OR o.ends_at > :now)) AS outage
FROM (SELECT 1) AS asked LEFT JOIN bills b
  ON b.institution_number = :institution_number AND b.payment_number = :payment_number
  AND b.category = :category
""")

_COUNT = HotStatement("""
INSERT INTO wrong_numbers AS w (institution_number, payment_number, category, bank_code, on_date,
  municipality, count)
VALUES (:institution_number, :payment_number, :category, :bank_code, :service_day,
  :municipality, 1)
ON CONFLICT (institution_number, payment_number, category, bank_code, on_date)
DO UPDATE SET count = w.count + 1
RETURNING w.count
""")

_UNLOCK = HotStatement("""
DELETE FROM wrong_numbers
WHERE institution_number = :institution_number AND payment_number = :payment_number
  AND category = :category AND bank_code = :bank_code AND on_date = :service_day
  AND count >= :wrong_numbers_max
RETURNING count
""")


class BillStore:
    """The tables `bills` and `wrong_numbers`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def facts(
        self,
        key: BillKey,
        *,
        municipality: str,
        bank_code: str,
        service_day: date,
        effective_until: date,
        now: datetime,
    ) -> InquiryFacts:
        """Return everything that decides an inquiry, in one look, without a lock or a transaction.

        What is then written checks again what may have changed (sessions.open, count_wrong_number).
        effective_until: the last day whose bills are in effect now.
        """
        row = await _FACTS.row_alone(
            self._connection,
            _key(key)
            | {
                "municipality": municipality,
                "bank_code": bank_code,
                "service_day": service_day,
                "effective_until": effective_until,
                "now": now,
            },
        )
        assert row is not None, "the statement always has one row"  # noqa: S101
        return InquiryFacts(
            outage=OutageKind(row["outage"]) if row["outage"] else None,
            bank_is_slow=row["bank_is_slow"],
            bill=_bill_facts(row, key) if row["payment_number"] is not None else None,
        )

    async def count_wrong_number(
        self, key: BillKey, *, municipality: str, bank_code: str, service_day: date
    ) -> int:
        """Count a wrong confirmation number; return how many there were on this service day.

        Guesses at one key are counted one after another: the row is locked until the commit.
        """
        values = {
            "municipality": municipality,
            "bank_code": bank_code,
            "service_day": service_day,
        }
        row = await _COUNT.row(self._connection, _key(key) | values)
        assert row is not None, "the statement always has one row"  # noqa: S101
        return int(row["count"])

    async def unlock(
        self, key: BillKey, *, bank_code: str, service_day: date, wrong_numbers_max: int
    ) -> int | None:
        """Forget the wrong numbers of a locked key; return how many there were, None: no lock."""
        values = {
            "bank_code": bank_code,
            "service_day": service_day,
            "wrong_numbers_max": wrong_numbers_max,
        }
        row = await _UNLOCK.row(self._connection, _key(key) | values)
        return row["count"] if row else None


def _key(key: BillKey) -> dict[str, Any]:
    return {
        "institution_number": key.institution_number,
        "payment_number": key.payment_number,
        "category": key.category,
    }


def _bill_facts(row: asyncpg.Record, key: BillKey) -> BillFacts:
    bill = Bill(
        municipality=row["municipality"],
        key=key,
        confirmation_number=row["confirmation_number"],
        amount_yen=Yen(row["amount_yen"]),
        principal_yen=Yen(row["principal_yen"]),
        late_charge_yen=Yen(row["late_charge_yen"]),
        fee_yen=Yen(row["fee_yen"]),
        due_date=row["due_date"],
        limit_date=row["limit_date"],
        notice_number=row["notice_number"],
        levy_year=row["levy_year"],
        instalment=row["instalment"],
        payer_name_kana=row["payer_name_kana"],
        description_kana=row["description_kana"],
        effective_on=row["effective_on"],
        delete_reason=DeleteReason(str(row["delete_reason"])) if row["delete_reason"] else None,
    )
    return BillFacts(bill, row["paid"], row["superseded"], row["wrong"] or 0)
