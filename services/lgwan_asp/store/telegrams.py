"""The four statements of a telegram, each told for all banks that wait for it at once (kit.rounds).

An inquiry is one look and one row; a notification is one look, and one receipt with its books and
the close of its session. Everything rarer goes by the unit of work. The SQL is written out because
this is the centre's hot path.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.lgwan_asp.domain.inquiries import (
    Bill,
    BillFacts,
    BillKey,
    DeleteReason,
    InquiryFacts,
    InquirySession,
)
from services.lgwan_asp.domain.receipts import (
    RECEIPT_STATES,
    Notification,
    PaidBill,
    Receipt,
)
from services.lgwan_asp.domain.service_hours import OutageKind
from services.lgwan_asp.domain.unposted_notifications import (
    MENDED_BY_A_RECEIPT,
    LookedUp,
    Told,
    subject_of,
)
from services.lgwan_asp.store.receipts import BANK_NOTIFIED
from services.lgwan_asp.store.tables import RECEIPTS
from shared.kit.book_rows import Moved, written_in_books
from shared.kit.clock import Clock
from shared.kit.journal import stamp
from shared.kit.money import Yen
from shared.kit.rounds import Rounds, RoundStatement

_KEY = {"institution_number": "text", "payment_number": "text", "category": "text"}
_CHANNEL = {"bank_code": "text", "branch_code": "text", "trace_number": "text", "medium": "text"}
_STAMP = {
    "business_at": "timestamptz",
    "machine_at": "timestamptz",
    "actor": "text",
    "correlation_id": "text",
}

# Every look here is a subquery with LIMIT 1, which has one plan: by index, for each caller. EXISTS,
# or a join, may be planned as reading all of a table that was empty when the plan was made.
#
# A receipt that is cancelled leaves the key payable again. Only a reissue (issue > 0) can
# supersede another slip. 'down' comes before 'planned', also in the alphabet.
_FACTS = RoundStatement(
    """
WITH :asked
SELECT a.place, b.*,
  (SELECT true FROM receipts r
    WHERE r.institution_number = b.institution_number AND r.payment_number = b.payment_number
      AND r.category = b.category AND r.state NOT IN ('CANCELLED', 'CANCELLATION_REPORTED')
    LIMIT 1) AS paid,
  (SELECT true FROM bills n
    WHERE n.institution_number = b.institution_number AND n.notice_number = b.notice_number
      AND n.levy_year = b.levy_year AND n.instalment = b.instalment
      AND n.slip_type = b.slip_type AND n.category = b.category
      AND n.issue > 0 AND n.issue > b.issue
      AND n.delete_reason IS NULL AND n.effective_on <= a.effective_until
    LIMIT 1) AS superseded,
  (SELECT w.count FROM wrong_numbers w
    WHERE w.institution_number = a.institution_number AND w.payment_number = a.payment_number
      AND w.category = a.category AND w.bank_code = a.bank_code AND w.on_date = a.service_day
    LIMIT 1) AS wrong,
  (SELECT true FROM slow_banks s
    WHERE s.municipality = a.town AND s.bank_code = a.bank_code AND s.on_date = a.service_day
    LIMIT 1) AS bank_is_slow,
  (SELECT min(o.kind) FROM outages o
    WHERE o.municipality IN ('', a.town) AND o.starts_at <= a.now
      AND (o.ends_at IS NULL OR o.ends_at > a.now)) AS outage
FROM asked a LEFT JOIN LATERAL (
  SELECT * FROM bills
  WHERE institution_number = a.institution_number AND payment_number = a.payment_number
    AND category = a.category
  LIMIT 1) b ON true
""",
    _KEY
    | {
        "town": "text",
        "bank_code": "text",
        "service_day": "date",
        "effective_until": "date",
        "now": "timestamptz",
    },
    writes=False,
)

OPEN_SESSION = RoundStatement(
    """
WITH :asked, opened AS (
  INSERT INTO inquiry_sessions (id, municipality, institution_number, payment_number, category,
    bank_code, branch_code, medium, trace_number, amount_yen, principal_yen, late_charge_yen,
    notice_number, levy_year, instalment, opened_at, valid_until)
  SELECT a.id, b.municipality, b.institution_number, b.payment_number, b.category,
    a.bank_code, a.branch_code, a.medium, a.trace_number, a.amount_yen, a.principal_yen,
    a.late_charge_yen, b.notice_number, b.levy_year, b.instalment, a.opened_at, a.valid_until
  FROM asked a CROSS JOIN LATERAL (
    SELECT * FROM bills
    WHERE institution_number = a.institution_number AND payment_number = a.payment_number
      AND category = a.category AND amount_yen = a.seen_yen
      AND confirmation_number = a.seen_number AND delete_reason IS NULL
    LIMIT 1 FOR SHARE SKIP LOCKED) b
  WHERE coalesce((
    SELECT w.count FROM wrong_numbers w
    WHERE w.institution_number = a.institution_number AND w.payment_number = a.payment_number
      AND w.category = a.category AND w.bank_code = a.bank_code AND w.on_date = a.service_day
    LIMIT 1), 0) < a.wrong_numbers_max
  RETURNING id
)
SELECT a.place FROM opened JOIN asked a USING (id)
""",
    {"id": "uuid"}
    | _KEY
    | _CHANNEL
    | {
        "amount_yen": "bigint",
        "principal_yen": "bigint",
        "late_charge_yen": "bigint",
        "opened_at": "timestamptz",
        "valid_until": "timestamptz",
        "seen_yen": "bigint",
        "seen_number": "text",
        "service_day": "date",
        "wrong_numbers_max": "integer",
    },
    writes=True,
)
"""Opens a session from the bill, if that still stands as it was read, and locks it until then."""

_COMPLAINTS = ", ".join(f"'{code}'" for code in MENDED_BY_A_RECEIPT)
_LOOK_UP = RoundStatement(
    f"""
WITH :asked
SELECT a.place, s.id AS session, s.municipality, s.institution_number, s.payment_number,
  s.category, s.notice_number, s.levy_year, s.instalment, s.amount_yen, s.opened_at,
  r.municipality AS r_municipality, r.institution_number AS r_institution_number,
  r.payment_number AS r_payment_number, r.category AS r_category,
  r.notice_number AS r_notice_number, r.levy_year AS r_levy_year, r.instalment AS r_instalment,
  r.session_id, r.bank_code, r.branch_code, r.trace_number, r.receipt_number,
  r.amount_yen AS r_amount_yen, r.paid_at, r.paid_on, r.medium,
  (SELECT true FROM exceptions e
    WHERE e.code IN ({_COMPLAINTS}) AND e.subject_id = a.subject_id AND e.state = 'OPEN'
    LIMIT 1) AS complained
FROM asked a
  LEFT JOIN LATERAL (
    SELECT * FROM receipts
    WHERE bank_code = a.bank_code AND receipt_number = a.receipt_number AND paid_on = a.paid_on
    LIMIT 1) r ON true
  LEFT JOIN LATERAL (
    SELECT * FROM inquiry_sessions WHERE id = a.session_id
    LIMIT 1) s ON s.bank_code = a.bank_code
""",  # noqa: S608 - codes of ours, no values
    {
        "bank_code": "text",
        "receipt_number": "text",
        "paid_on": "date",
        "session_id": "uuid",
        "subject_id": "text",
    },
    writes=False,
)

_BOOKS = written_in_books(
    Moved("posted", RECEIPTS.name, BANK_NOTIFIED, RECEIPT_STATES.initial), stamps_stand_in_rows=True
)
# Not "AND used_at IS NULL": the planner would then read all of the index of open sessions. Ordered,
# so that two rounds of two processes with the same receipts never wait for each other.
_POST = RoundStatement(
    f"""
WITH :asked, added AS (
  INSERT INTO receipts (id, state, version, municipality, institution_number, payment_number,
    category, notice_number, levy_year, instalment, session_id, bank_code, branch_code,
    trace_number, receipt_number, amount_yen, paid_at, paid_on, medium, taken_at)
  SELECT a.id, '{RECEIPT_STATES.initial}', 0, a.municipality, a.institution_number,
    a.payment_number, a.category, a.notice_number, a.levy_year, a.instalment,
    a.session_id, a.bank_code, a.branch_code, a.trace_number, a.receipt_number,
    a.amount_yen, a.paid_at, a.paid_on, a.medium, a.business_at
  FROM asked a ORDER BY a.bank_code, a.receipt_number, a.paid_on
  ON CONFLICT ON CONSTRAINT one_receipt DO NOTHING
  RETURNING id
), posted AS (
  SELECT a.*, 0 AS version FROM added JOIN asked a USING (id)
), used AS (
  UPDATE inquiry_sessions s SET used_at = coalesce(s.used_at, (
    SELECT p.business_at FROM posted p WHERE p.told_session_id = s.id LIMIT 1))
  WHERE s.id = ANY (ARRAY(SELECT told_session_id FROM posted))
), {_BOOKS}
SELECT place FROM posted
""",  # noqa: S608 - names of ours, no values
    {"id": "uuid", "municipality": "text"}
    | _KEY
    | {"notice_number": "text", "levy_year": "smallint", "instalment": "smallint"}
    | _CHANNEL
    | {
        "session_id": "text",
        "told_session_id": "uuid",
        "receipt_number": "text",
        "amount_yen": "bigint",
        "paid_at": "timestamptz",
        "paid_on": "date",
    }
    | _STAMP,
    writes=True,
)


class TelegramStore:
    """What a telegram asks of the books, and the two rows that it writes: no transaction is open.

    Each method raises Overloaded, with nothing recorded, if too many telegrams wait already.
    """

    def __init__(self, rounds: Rounds, clock: Clock) -> None:
        self._rounds, self._clock = rounds, clock

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
        """Return everything that decides an inquiry, in one look, without a lock.

        What is then written checks again what may have changed (open_session, count_wrong_number).
        effective_until: the last day whose bills are in effect now.
        """
        values = _key(key) | {
            "town": municipality,
            "bank_code": bank_code,
            "service_day": service_day,
            "effective_until": effective_until,
            "now": now,
        }
        row = await self._rounds.row(_FACTS, values)
        assert row is not None, "the statement always has one row"  # noqa: S101
        return InquiryFacts(
            outage=OutageKind(row["outage"]) if row["outage"] else None,
            bank_is_slow=bool(row["bank_is_slow"]),
            bill=_bill_facts(row, key) if row["payment_number"] is not None else None,
        )

    async def open_session(
        self, session: InquirySession, bill: Bill, *, service_day: date, wrong_numbers_max: int
    ) -> bool:
        """Open a session if the bill still stands as it was read; say whether it was opened.

        Not if its amount or confirmation number changed, it was deleted, or the key was locked
        for that bank meanwhile: then the inquiry is decided anew. The bill is locked against
        changes meanwhile, so that a change of its amount sees the session (E140). The session is
        lasting when this returns.
        """
        values = session_values(
            session, bill, service_day=service_day, wrong_numbers_max=wrong_numbers_max
        )
        return await self._rounds.row(OPEN_SESSION, values) is not None

    async def look_up(self, notification: Notification) -> LookedUp:
        """Return its receipt, its session and whether an exception about it is open.

        A session of another bank is none; one that has expired is one.
        """
        n = notification
        values = {
            "bank_code": n.bank_code,
            "receipt_number": n.receipt_number,
            "paid_on": n.paid_on,
            "session_id": _uuid(n.session_id),
            "subject_id": subject_of(n),
        }
        row = await self._rounds.row(_LOOK_UP, values)
        assert row is not None, "one row comes back, whatever is known"  # noqa: S101
        return LookedUp(
            (_notification(row), _paid_bill(row, "r_")) if row["receipt_number"] else None,
            _told(row) if row["session"] else None,
            bool(row["complained"]),
        )

    async def post(self, receipt: Receipt, told: Told) -> bool:
        """Add a receipt with its books and close its session; lasting when this returns.

        False if its identity stands here already: then nothing is written.
        """
        n = receipt.notification
        values = _key(receipt.key) | {
            "id": receipt.id,
            "municipality": receipt.municipality,
            "notice_number": receipt.notice_number,
            "levy_year": receipt.levy_year,
            "instalment": receipt.instalment,
            "bank_code": n.bank_code,
            "branch_code": n.branch_code,
            "trace_number": n.trace_number,
            "medium": n.medium,
            "session_id": n.session_id,
            "told_session_id": told.session_id,
            "receipt_number": n.receipt_number,
            "amount_yen": n.amount_yen,
            "paid_at": n.paid_at,
            "paid_on": n.paid_on,
        }
        stamps = stamp(self._clock) | {"business_at": receipt.taken_at}
        return await self._rounds.row(_POST, values | stamps) is not None


def session_values(
    session: InquirySession, bill: Bill, *, service_day: date, wrong_numbers_max: int
) -> dict[str, Any]:
    """Return what OPEN_SESSION is asked with."""
    return _key(session.key) | {
        "id": session.id,
        "bank_code": session.bank_code,
        "branch_code": session.branch_code,
        "trace_number": session.trace_number,
        "medium": session.medium,
        "amount_yen": session.amount_yen,
        "principal_yen": session.principal_yen,
        "late_charge_yen": session.late_charge_yen,
        "opened_at": session.opened_at,
        "valid_until": session.valid_until,
        "seen_yen": bill.amount_yen,
        "seen_number": bill.confirmation_number,
        "service_day": service_day,
        "wrong_numbers_max": wrong_numbers_max,
    }


def _key(key: BillKey) -> dict[str, Any]:
    return {
        "institution_number": key.institution_number,
        "payment_number": key.payment_number,
        "category": key.category,
    }


def _uuid(text: str) -> UUID | None:
    """Return a session's id; what is none of ours names no session."""
    try:
        return UUID(text)
    except ValueError:
        return None


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
    paid, superseded = bool(row["paid"]), bool(row["superseded"])
    return BillFacts(bill, paid, superseded, row["wrong"] or 0)


def _told(row: asyncpg.Record) -> Told:
    return Told(row["session"], _paid_bill(row), Yen(row["amount_yen"]), row["opened_at"])


def _paid_bill(row: asyncpg.Record, prefix: str = "") -> PaidBill:
    parts = ("institution_number", "payment_number", "category")
    return PaidBill(
        row[f"{prefix}municipality"],
        BillKey(*(row[prefix + part] for part in parts)),
        row[f"{prefix}notice_number"],
        row[f"{prefix}levy_year"],
        row[f"{prefix}instalment"],
    )


def _notification(row: asyncpg.Record) -> Notification:
    return Notification(
        session_id=row["session_id"],
        bank_code=row["bank_code"],
        branch_code=row["branch_code"],
        trace_number=row["trace_number"],
        receipt_number=row["receipt_number"],
        amount_yen=Yen(row["r_amount_yen"]),
        paid_at=row["paid_at"],
        paid_on=row["paid_on"],
        medium=row["medium"],
    )
