"""What a telegram asks of the books, and the two rows that it writes, with many others at once.

Everything rarer goes by the unit of work; the SQL stands in telegram_statements.
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
    Notification,
    Receipt,
)
from services.lgwan_asp.domain.service_hours import OutageKind
from services.lgwan_asp.domain.unposted_notifications import (
    LookedUp,
    Told,
    subject_of,
)
from services.lgwan_asp.store.receipts import notification_of, paid_bill_of
from services.lgwan_asp.store.telegram_statements import FACTS, LOOK_UP, OPEN_SESSION, POST
from shared.kit.clock import Clock
from shared.kit.journal import stamp
from shared.kit.money import Yen
from shared.kit.rounds import Rounds


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
        row = await self._rounds.row(FACTS, values)
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
        row = await self._rounds.row(LOOK_UP, values)
        assert row is not None, "one row comes back, whatever is known"  # noqa: S101
        return LookedUp(
            (notification_of(row), paid_bill_of(row, "r_")) if row["receipt_number"] else None,
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
        return await self._rounds.row(POST, values | stamps) is not None


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
    return Told(row["session"], paid_bill_of(row), Yen(row["told_yen"]), row["opened_at"])
