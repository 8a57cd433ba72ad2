"""Wrong confirmation numbers of a key: counted for each bank and service day, and forgotten."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.inquiries import BillKey
from shared.kit.hot_path import HotStatement

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
    """The table `wrong_numbers`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

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
