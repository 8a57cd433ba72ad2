"""What our books say about a bank's notification: one question for each, one for a hundred."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    LABEL_STYLE_TABLENAME_PLUS_COL,
    ColumnElement,
    Row,
    and_,
    exists,
    false,
    literal,
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
from shared.kit.money import Yen

_R, _S, _B, _E = RECEIPTS.c, INQUIRY_SESSIONS.c, BILLS.c, EXCEPTIONS.c
_CODES = [code.value for code in MENDED_BY_A_RECEIPT]
Stored = tuple[Notification, PaidBill]


class NotificationStore:
    """Reads `receipts`, `inquiry_sessions`, `bills` and `exceptions` for what a bank tells us."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def look_up(self, notification: Notification) -> LookedUp:
        """Return its receipt, its session and whether an exception about it is open.

        A session of another bank is none; one that has expired is one.
        """
        n = notification
        one = select(literal(1).label("one")).subquery()
        stored = and_(
            _R.bank_code == n.bank_code,
            _R.receipt_number == n.receipt_number,
            _R.paid_on == n.paid_on,
        )
        told = and_(_is_session(n.session_id), _S.bank_code == n.bank_code)
        query = (
            select(RECEIPTS, INQUIRY_SESSIONS, _complained(n).label("complained"))
            .select_from(one.outerjoin(RECEIPTS, stored).outerjoin(INQUIRY_SESSIONS, told))
            .set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
        )
        row = (await self._connection.execute(query)).one()
        return LookedUp(
            _stored(row, "receipts_") if row.receipts_id else None,
            _told(row) if row.inquiry_sessions_id else None,
            row.complained,
        )

    async def stored_with(
        self, bank_code: str, identities: Iterable[tuple[str, date]]
    ) -> Mapping[tuple[str, date], Stored]:
        """Return a bank's receipts by (receipt number, day of payment), those that stand."""
        query = select(RECEIPTS).where(
            _R.bank_code == bank_code,
            tuple_(_R.receipt_number, _R.paid_on).in_(list(identities)),
        )
        rows = await self._connection.execute(query)
        return {(row.receipt_number, row.paid_on): _stored(row, "") for row in rows}

    async def bills_of(self, keys: Iterable[BillKey]) -> Mapping[BillKey, CounterBill]:
        """Return the bills behind keys, whatever has become of them: deleted ones too."""
        wanted = [(k.institution_number, k.payment_number, k.category) for k in keys]
        query = select(BILLS).where(
            tuple_(_B.institution_number, _B.payment_number, _B.category).in_(wanted)
        )
        rows = await self._connection.execute(query)
        found = [CounterBill(_bill(row, ""), row.confirmation_number) for row in rows]
        return {each.bill.key: each for each in found}

    async def complained_of(self, subjects: Iterable[str]) -> set[str]:
        """Return which of these payments have an exception that a receipt would mend."""
        query = select(_E.subject_id).where(
            _E.code.in_(_CODES),
            _E.subject_id.in_(list(subjects)),
            _E.state == ExceptionState.OPEN.value,
        )
        return set((await self._connection.execute(query)).scalars())


def _is_session(session_id: str) -> ColumnElement[bool]:
    try:
        return _S.id == UUID(session_id)
    except ValueError:
        return false()


def _complained(notification: Notification) -> ColumnElement[bool]:
    return exists().where(
        _E.code.in_(_CODES),
        _E.subject_id == subject_of(notification),
        _E.state == ExceptionState.OPEN.value,
    )


def _bill(row: Row[Any], prefix: str) -> PaidBill:
    def of(name: str) -> Any:  # noqa: ANN401 - a column of any type
        return getattr(row, prefix + name)

    key = BillKey(of("institution_number"), of("payment_number"), of("category"))
    return PaidBill(of("municipality"), key, of("notice_number"), of("levy_year"), of("instalment"))


def _stored(row: Row[Any], prefix: str) -> Stored:
    def of(name: str) -> Any:  # noqa: ANN401 - a column of any type
        return getattr(row, prefix + name)

    notification = Notification(
        session_id=of("session_id"),
        bank_code=of("bank_code"),
        branch_code=of("branch_code"),
        trace_number=of("trace_number"),
        receipt_number=of("receipt_number"),
        amount_yen=Yen(of("amount_yen")),
        paid_at=of("paid_at"),
        paid_on=of("paid_on"),
        medium=of("medium"),
    )
    return notification, _bill(row, prefix)


def _told(row: Row[Any]) -> Told:
    prefix = "inquiry_sessions_"
    return Told(
        session_id=getattr(row, prefix + "id"),
        bill=_bill(row, prefix),
        amount_yen=Yen(getattr(row, prefix + "amount_yen")),
        opened_at=getattr(row, prefix + "opened_at"),
    )
