"""What our books say about payments that a bank tells in bulk: one question for a hundred."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.counter_payments import CounterBill
from services.lgwan_asp.domain.exceptions import ExceptionState
from services.lgwan_asp.domain.inquiries import BillKey
from services.lgwan_asp.domain.receipts import Notification, PaidBill
from services.lgwan_asp.domain.unposted_notifications import MENDED_BY_A_RECEIPT
from services.lgwan_asp.store.receipts import notification_of, paid_bill_of
from services.lgwan_asp.store.tables import BILLS, EXCEPTIONS, RECEIPTS

_R, _B, _E = RECEIPTS.c, BILLS.c, EXCEPTIONS.c
_OPEN_COMPLAINT = and_(
    or_(*(_E.code == code.value for code in MENDED_BY_A_RECEIPT)),
    _E.state == ExceptionState.OPEN.value,
)
Stored = tuple[Notification, PaidBill]


class NotificationStore:
    """Reads `receipts`, `bills` and `exceptions` for what a bank tells us."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def stored_with(
        self, bank_code: str, identities: Iterable[tuple[str, date]]
    ) -> Mapping[tuple[str, date], Stored]:
        """Return a bank's receipts by (receipt number, day of payment), those that stand."""
        query = select(RECEIPTS).where(
            _R.bank_code == bank_code,
            tuple_(_R.receipt_number, _R.paid_on).in_(list(identities)),
        )
        rows = (await self._connection.execute(query)).mappings()
        return {
            (row["receipt_number"], row["paid_on"]): (notification_of(row), paid_bill_of(row))
            for row in rows
        }

    async def bills_of(self, keys: Iterable[BillKey]) -> Mapping[BillKey, CounterBill]:
        """Return the bills behind keys, whatever has become of them: deleted ones too."""
        wanted = [(k.institution_number, k.payment_number, k.category) for k in keys]
        query = select(BILLS).where(
            tuple_(_B.institution_number, _B.payment_number, _B.category).in_(wanted)
        )
        rows = (await self._connection.execute(query)).mappings()
        found = [CounterBill(paid_bill_of(row), row["confirmation_number"]) for row in rows]
        return {each.bill.key: each for each in found}

    async def complained_of(self, subjects: Iterable[str]) -> set[str]:
        """Return which of these payments have an exception that a receipt would mend."""
        query = select(_E.subject_id).where(_OPEN_COMPLAINT, _E.subject_id.in_(list(subjects)))
        return set((await self._connection.execute(query)).scalars())
