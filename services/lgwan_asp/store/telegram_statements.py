"""The SQL of a telegram: an inquiry is a look and a row, a notification a look and a receipt.

Written out because this is the centre's hot path; each statement is told for many banks at once
(kit.rounds), and a receipt comes with its books and the close of its session.
"""

from __future__ import annotations

from services.lgwan_asp.domain.receipts import RECEIPT_STATES
from services.lgwan_asp.domain.unposted_notifications import MENDED_BY_A_RECEIPT
from services.lgwan_asp.store.receipts import BANK_NOTIFIED
from services.lgwan_asp.store.tables import RECEIPTS
from shared.kit.book_rows import Moved, written_in_books
from shared.kit.rounds import RoundStatement

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
FACTS = RoundStatement(
    """
WITH :asked
SELECT a.place, b.municipality, b.payment_number, b.confirmation_number, b.amount_yen,
  b.principal_yen, b.late_charge_yen, b.fee_yen, b.due_date, b.limit_date, b.notice_number,
  b.levy_year, b.instalment, b.payer_name_kana, b.description_kana, b.effective_on,
  b.delete_reason,
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
LOOK_UP = RoundStatement(
    f"""
WITH :asked
SELECT a.place, s.id AS session, s.municipality, s.institution_number, s.payment_number,
  s.category, s.notice_number, s.levy_year, s.instalment, s.amount_yen AS told_yen, s.opened_at,
  r.municipality AS r_municipality, r.institution_number AS r_institution_number,
  r.payment_number AS r_payment_number, r.category AS r_category,
  r.notice_number AS r_notice_number, r.levy_year AS r_levy_year, r.instalment AS r_instalment,
  r.session_id, r.bank_code, r.branch_code, r.trace_number, r.receipt_number,
  r.amount_yen, r.paid_at, r.paid_on, r.medium,
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
POST = RoundStatement(
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

STATEMENTS = (FACTS, OPEN_SESSION, LOOK_UP, POST)
"""All that go in rounds: each has a connection of its own."""
