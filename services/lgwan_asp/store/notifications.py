"""What our books say about a bank's notification: one question for each, one for a hundred."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    LABEL_STYLE_TABLENAME_PLUS_COL,
    Date,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    exists,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.counter_payments import CounterBill
from services.lgwan_asp.domain.exceptions import ExceptionState
from services.lgwan_asp.domain.inquiries import BillKey
from services.lgwan_asp.domain.receipts import Notification, PaidBill
from services.lgwan_asp.domain.unposted_notifications import (
    MENDED_BY_A_RECEIPT,
    LookedUp,
    Told,
    subject_of,
)
from services.lgwan_asp.store.tables import BILLS, EXCEPTIONS, INQUIRY_SESSIONS, RECEIPTS
from shared.kit.hot_path import HotStatement
from shared.kit.money import Yen

_R, _S, _B, _E = RECEIPTS.c, INQUIRY_SESSIONS.c, BILLS.c, EXCEPTIONS.c
_OPEN_COMPLAINT = and_(
    or_(*(_E.code == code.value for code in MENDED_BY_A_RECEIPT)),
    _E.state == ExceptionState.OPEN.value,
)
Stored = tuple[Notification, PaidBill]
Found = Mapping[str, Any]
"""A row by column names."""


def _look_up() -> Select[Any]:
    """Build the one question for a notification; a row comes back whatever is known."""
    bank = bindparam("bank_code", type_=Text)
    stored = and_(
        _R.bank_code == bank,
        _R.receipt_number == bindparam("receipt_number", type_=Text),
        _R.paid_on == bindparam("paid_on", type_=Date),
    )
    told = and_(_S.id == bindparam("session_id", type_=Uuid), _S.bank_code == bank)
    complained = exists().where(
        _OPEN_COMPLAINT, _E.subject_id == bindparam("subject_id", type_=Text)
    )
    one = select(literal(1).label("one")).subquery()
    return (
        select(RECEIPTS, INQUIRY_SESSIONS, complained.label("complained"))
        .select_from(one.outerjoin(RECEIPTS, stored).outerjoin(INQUIRY_SESSIONS, told))
        .set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
    )


_LOOK_UP = HotStatement.compiled(_look_up())


class NotificationStore:
    """Reads `receipts`, `inquiry_sessions`, `bills` and `exceptions` for what a bank tells us."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

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
        row = await _LOOK_UP.row_alone(self._connection, values)
        assert row is not None, "one row comes back, whatever is known"  # noqa: S101
        return LookedUp(
            _stored(row, "receipts_") if row["receipts_id"] else None,
            _told(row) if row["inquiry_sessions_id"] else None,
            row["complained"],
        )

    async def stored_with(
        self, bank_code: str, identities: Iterable[tuple[str, date]]
    ) -> Mapping[tuple[str, date], Stored]:
        """Return a bank's receipts by (receipt number, day of payment), those that stand."""
        query = select(RECEIPTS).where(
            _R.bank_code == bank_code,
            tuple_(_R.receipt_number, _R.paid_on).in_(list(identities)),
        )
        rows = (await self._connection.execute(query)).mappings()
        return {(row["receipt_number"], row["paid_on"]): _stored(dict(row), "") for row in rows}

    async def bills_of(self, keys: Iterable[BillKey]) -> Mapping[BillKey, CounterBill]:
        """Return the bills behind keys, whatever has become of them: deleted ones too."""
        wanted = [(k.institution_number, k.payment_number, k.category) for k in keys]
        query = select(BILLS).where(
            tuple_(_B.institution_number, _B.payment_number, _B.category).in_(wanted)
        )
        rows = (await self._connection.execute(query)).mappings()
        found = [CounterBill(_bill(dict(row), ""), row["confirmation_number"]) for row in rows]
        return {each.bill.key: each for each in found}

    async def complained_of(self, subjects: Iterable[str]) -> set[str]:
        """Return which of these payments have an exception that a receipt would mend."""
        query = select(_E.subject_id).where(_OPEN_COMPLAINT, _E.subject_id.in_(list(subjects)))
        return set((await self._connection.execute(query)).scalars())


def _uuid(text: str) -> UUID | None:
    """Return a session's id; what is none of ours names no session."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _bill(row: Found, prefix: str) -> PaidBill:
    parts = ("institution_number", "payment_number", "category")
    return PaidBill(
        row[f"{prefix}municipality"],
        BillKey(*(row[prefix + part] for part in parts)),
        row[f"{prefix}notice_number"],
        row[f"{prefix}levy_year"],
        row[f"{prefix}instalment"],
    )


def _stored(row: Found, prefix: str) -> Stored:
    notification = Notification(
        session_id=row[f"{prefix}session_id"],
        bank_code=row[f"{prefix}bank_code"],
        branch_code=row[f"{prefix}branch_code"],
        trace_number=row[f"{prefix}trace_number"],
        receipt_number=row[f"{prefix}receipt_number"],
        amount_yen=Yen(row[f"{prefix}amount_yen"]),
        paid_at=row[f"{prefix}paid_at"],
        paid_on=row[f"{prefix}paid_on"],
        medium=row[f"{prefix}medium"],
    )
    return notification, _bill(row, prefix)


def _told(row: Found) -> Told:
    prefix = "inquiry_sessions_"
    return Told(
        session_id=row[f"{prefix}id"],
        bill=_bill(row, prefix),
        amount_yen=Yen(row[f"{prefix}amount_yen"]),
        opened_at=row[f"{prefix}opened_at"],
    )
