"""How each slip's key stands, from the ward's own rows: facts only, for the rule in domain/.

The SQL is written out because it says what each fact is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Date, Row, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ward_gateway.domain.billing_orders import KeyStanding, OrderKind
from services.ward_gateway.domain.bills import DeleteReason
from services.ward_gateway.domain.slips import SlipState
from services.ward_gateway.store.bulk import whole_tables
from shared.kit.money import Yen

# A claim counts as paid elsewhere by what 消込 gave it from any receipt but this key's own.
_ELSEWHERE = "(r.slip_id <> i.slip_id OR r.channel <> 'payeasy')"
# 納期限 as told: the claim's, if the printed 取扱期限 allows it; a lump-sum slip has its own.
DUE_DATE = (
    "CASE WHEN s.slip_type = 1 AND a.due_date <= s.limit_date THEN a.due_date ELSE s.due_date END"
)
_FACTS = """
WITH chosen AS (
  SELECT * FROM slips s WHERE WHICH
), corrected AS (
  -- By claim: a page of slips looks up its own claims' corrections, and no others.
  SELECT i.assessment_id, max(k.taken_at) AS corrected_at
  FROM chosen s
  JOIN slip_items i ON i.slip_id = s.id
  JOIN assessment_corrections k ON k.assessment_id = i.assessment_id
  GROUP BY i.assessment_id
), items AS (
  SELECT i.slip_id, i.amount_yen AS item_yen, a.amount_yen AS owed_yen, a.cancelled_at,
    (a.payment_method = 1 OR a.failed_debit_id IS NOT NULL) AS by_slip,
    k.corrected_at, a.back_to_debit_at,
    COALESCE(sum(c.amount_yen) FILTER (WHERE ELSEWHERE), 0) AS elsewhere_yen,
    max(r.paid_at) FILTER (WHERE ELSEWHERE) AS paid_at
  FROM chosen s
  JOIN slip_items i ON i.slip_id = s.id
  JOIN assessments a ON a.id = i.assessment_id
  LEFT JOIN clearings c ON c.assessment_id = a.id
  LEFT JOIN receipts r ON r.id = c.receipt_id
  LEFT JOIN corrected k ON k.assessment_id = a.id
  GROUP BY i.slip_id, i.assessment_id, a.id, k.corrected_at
), claims AS (
  SELECT slip_id,
    bool_or(cancelled_at IS NOT NULL OR owed_yen = 0) AS nothing_owed,
    bool_or(elsewhere_yen > 0 AND elsewhere_yen >= owed_yen) AS paid_elsewhere,
    bool_and(by_slip) AS by_slip,
    -- What a slip may ask for is what nothing but its own key has paid yet.
    bool_or(item_yen <> owed_yen - elsewhere_yen) AS items_differ,
    bool_or(item_yen > owed_yen - elsewhere_yen) AS asks_more,
    min(cancelled_at) AS cancelled_at, max(corrected_at) AS corrected_at,
    max(back_to_debit_at) AS back_to_debit_at,
    min(paid_at) FILTER (WHERE elsewhere_yen > 0 AND elsewhere_yen >= owed_yen) AS paid_at
  FROM items GROUP BY slip_id
), leads AS (
  SELECT DISTINCT ON (i.slip_id) i.slip_id, a.assessed_year, a.account_code, a.payer_name_kana,
    DUE_DATE AS due_date
  FROM chosen s
  JOIN slip_items i ON i.slip_id = s.id
  JOIN assessments a ON a.id = i.assessment_id
  ORDER BY i.slip_id, a.levy_year, a.notice_number, a.instalment
), told AS (
  SELECT DISTINCT ON (o.slip_id) o.*
  FROM chosen s JOIN billing_orders o ON o.slip_id = s.id
  WHERE o.outcome = 'held' ORDER BY o.slip_id, o.id DESC
), answered AS (
  SELECT DISTINCT ON (o.slip_id) o.slip_id, o.outcome
  FROM chosen s JOIN billing_orders o ON o.slip_id = s.id
  WHERE o.outcome <> 'not_needed' ORDER BY o.slip_id, o.id DESC
), own AS (
  SELECT r.slip_id, bool_or(r.state <> 'CANCELLED') AS live
  FROM chosen s JOIN receipts r ON r.slip_id = s.id
  WHERE r.channel = 'payeasy' GROUP BY r.slip_id
), facts AS (
  SELECT s.id AS slip_id, s.state, s.payment_number, s.amount_yen, s.centre_effective_on,
    told.id IS NOT NULL AS told,
    claims.nothing_owed, claims.paid_elsewhere, claims.by_slip,
    (s.replaced_by_slip_id IS NOT NULL OR claims.items_differ) AS superseded,
    claims.asks_more,
    -- Once a receipt of this key is known, receipts say whether it is paid; before, E130 does.
    COALESCE(own.live, answered.outcome = 'paid', false) AS paid_at_centre,
    (s.state = 'HELD' AND told.id IS NOT NULL AND
      (told.due_date, told.assessed_year, told.account_code, told.payer_name_kana)
      IS DISTINCT FROM
      (leads.due_date, leads.assessed_year, leads.account_code, leads.payer_name_kana)
    ) AS differs,
    o.kind AS open_kind,
    o.billing_upload_id, o.billing_upload_id IS NOT NULL AS in_file,
    COALESCE(u.state = 'REFUSED' OR (o.id IS NULL AND answered.outcome = 'refused'), false)
      AS refused,
    claims.cancelled_at, claims.corrected_at, claims.back_to_debit_at, claims.paid_at,
    n.issued_at AS replaced_at,
    COALESCE(s.centre_effective_on <= :on_day, false) AS effective,
    s.limit_date >= :on_day AS in_time
  FROM chosen s
  JOIN claims ON claims.slip_id = s.id
  JOIN leads ON leads.slip_id = s.id
  LEFT JOIN slips n ON n.id = s.replaced_by_slip_id
  LEFT JOIN told ON told.slip_id = s.id
  LEFT JOIN answered ON answered.slip_id = s.id
  LEFT JOIN own ON own.slip_id = s.id
  LEFT JOIN billing_orders o ON o.slip_id = s.id AND o.outcome IS NULL
  LEFT JOIN billing_uploads u ON u.id = o.billing_upload_id
)
""".replace("ELSEWHERE", _ELSEWHERE).replace("DUE_DATE", DUE_DATE)
_COLUMNS = ", ".join(KeyStanding._fields)
_COUNTS = """
SELECT COLUMNS, effective, in_time, count(*) AS slips FROM facts
GROUP BY COLUMNS, effective, in_time
""".replace("COLUMNS", _COLUMNS)
_IN_FILES = """
SELECT billing_upload_id, COLUMNS, count(*) AS slips FROM facts
WHERE billing_upload_id = ANY(:upload_ids) GROUP BY billing_upload_id, COLUMNS
""".replace("COLUMNS", _COLUMNS)
_OPEN_IN_FILES = """
s.id IN (SELECT slip_id FROM billing_orders
  WHERE outcome IS NULL AND billing_upload_id = ANY(:upload_ids))
"""
_STANDING_SO = """
SELECT * FROM facts WHERE CAST(ROW(COLUMNS) AS text) = ANY(:standings)
""".replace("COLUMNS", _COLUMNS)
_ALL = "CAST(:fiscal_year AS integer) IS NULL OR s.fiscal_year = :fiscal_year"
_IDS = """
SELECT s.id FROM slips s
WHERE (ALL_OF_YEAR) AND (CAST(:after AS uuid) IS NULL OR s.id > :after)
ORDER BY s.id LIMIT :limit
""".replace("ALL_OF_YEAR", _ALL)
_TYPES: Mapping[str, Any] = {
    "on_day": Date,
    "standings": ARRAY(Text),
    "after": Uuid,
    "slip_ids": ARRAY(Uuid),
    "upload_ids": ARRAY(Uuid),
}


@dataclass(frozen=True, slots=True)
class SlipStanding:
    """One slip's standing, and since when it is dead (by cause; None: not, or nobody knows).

    effective, in_time: on the day that was asked about its key can be paid already, and still.
    """

    slip_id: UUID
    payment_number: str
    amount_yen: Yen
    standing: KeyStanding
    effective_on: date | None
    effective: bool
    in_time: bool
    cancelled_at: datetime | None
    corrected_at: datetime | None
    back_to_debit_at: datetime | None
    paid_at: datetime | None
    replaced_at: datetime | None

    def dead_at(self, reason: DeleteReason) -> datetime | None:
        """Return since when nobody should pay this key, for this reason, if it is known."""
        if reason is DeleteReason.PAID_ELSEWHERE:
            return self.paid_at
        if reason is DeleteReason.REDUCED_OR_CANCELLED:
            return self.cancelled_at or self.corrected_at or self.replaced_at
        if reason is DeleteReason.REISSUED:
            return self.replaced_at or self.corrected_at
        # A change to debit is a correction, or a debit that was done after one that failed.
        known = [at for at in (self.corrected_at, self.back_to_debit_at) if at is not None]
        return max(known, default=None)


@dataclass(frozen=True, slots=True)
class StandingCount:
    """How many slips stand alike; effective, in_time as in SlipStanding."""

    standing: KeyStanding
    effective: bool
    in_time: bool
    slips: int


class KeyStandingStore:
    """Reads only."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def counts(self, on_day: date, fiscal_year: int | None = None) -> list[StandingCount]:
        """Return every way in which slips stand, each with how many: few rows, however many slips.

        on_day: the Tokyo day of `effective` and `in_time`; fiscal_year None: all slips.
        """
        values = {"on_day": on_day, "fiscal_year": fiscal_year}
        async with whole_tables(self._connection):
            rows = await self._ask(_ALL, _COUNTS, values)
        return [StandingCount(_standing(r), r.effective, r.in_time, r.slips) for r in rows]

    async def in_files(
        self, upload_ids: Sequence[UUID], on_day: date
    ) -> list[tuple[UUID, KeyStanding, int]]:
        """Return every way in which slips stand whose open orders these files hold: how many.

        Whole tables are joined, whatever the files hold: 0.12 s where there are 100,000 slips.
        Looked up by index it took 3 ms for 3 records but 3.2 s for 300, for of tables that were
        just filled the planner knows nothing.
        """
        values = {"on_day": on_day, "upload_ids": list(upload_ids)}
        async with whole_tables(self._connection):
            rows = await self._ask(_OPEN_IN_FILES, _IN_FILES, values)
        return [(row.billing_upload_id, _standing(row), row.slips) for row in rows]

    async def standing_so(
        self, standings: Collection[KeyStanding], on_day: date
    ) -> list[SlipStanding]:
        """Return every slip that stands in one of these ways."""
        values = {
            "on_day": on_day,
            "fiscal_year": None,
            "standings": [_as_row(standing) for standing in standings],
        }
        async with whole_tables(self._connection):
            rows = await self._ask(_ALL, _STANDING_SO, values)
        return [_slip(row) for row in rows]

    async def page(
        self, on_day: date, *, fiscal_year: int | None, after: UUID | None, limit: int
    ) -> list[SlipStanding]:
        """Return slips by id."""
        ids = text(_IDS).bindparams(bindparam("after", type_=Uuid))
        values = {"fiscal_year": fiscal_year, "after": after, "limit": limit}
        return await self._of((await self._connection.execute(ids, values)).scalars(), on_day)

    async def of_slip(self, slip_id: UUID, on_day: date) -> SlipStanding | None:
        """Return one slip's standing; None: there is no such slip."""
        return next(iter(await self._of([slip_id], on_day)), None)

    async def _of(self, slip_ids: Iterable[UUID], on_day: date) -> list[SlipStanding]:
        values = {"on_day": on_day, "slip_ids": list(slip_ids)}
        query = "SELECT * FROM facts ORDER BY slip_id"
        return [_slip(row) for row in await self._ask("s.id = ANY(:slip_ids)", query, values)]

    async def _ask(self, which: str, query: str, values: Mapping[str, Any]) -> list[Row[Any]]:
        statement = text(_FACTS.replace("WHICH", which) + query).bindparams(
            *(bindparam(name, type_=type_) for name, type_ in _TYPES.items() if name in values)
        )
        return list((await self._connection.execute(statement, values)).all())


def _as_row(standing: KeyStanding) -> str:
    """Return a standing as PostgreSQL writes its row."""
    words = {True: "t", False: "f", None: ""}
    return "({})".format(
        ",".join(
            words[value] if value is None or isinstance(value, bool) else str(value)
            for value in standing
        )
    )


def _standing(row: Row[Any]) -> KeyStanding:
    values = {name: getattr(row, name) for name in KeyStanding._fields}
    kind = values["open_kind"]
    typed = {"state": SlipState(row.state), "open_kind": None if kind is None else OrderKind(kind)}
    return KeyStanding(**(values | typed))


def _slip(row: Row[Any]) -> SlipStanding:
    return SlipStanding(
        slip_id=row.slip_id,
        payment_number=row.payment_number,
        amount_yen=Yen(row.amount_yen),
        standing=_standing(row),
        effective_on=row.centre_effective_on,
        effective=row.effective,
        in_time=row.in_time,
        cancelled_at=row.cancelled_at,
        corrected_at=row.corrected_at,
        back_to_debit_at=row.back_to_debit_at,
        paid_at=row.paid_at,
        replaced_at=row.replaced_at,
    )
