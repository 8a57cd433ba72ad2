"""Money without a receipt: kept with its yen and its bank, beside the exception for a clerk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.receipts import Notification
from services.lgwan_asp.domain.unposted_notifications import (
    MENDED_BY_A_RECEIPT,
    Unposted,
    subject_of,
)
from services.lgwan_asp.store.exceptions import ExceptionStore
from services.lgwan_asp.store.unposted_tables import UNPOSTED_NOTIFICATIONS
from shared.kit.ids import new_id


class UnpostedNotificationStore:
    """The table `unposted_notifications`, and the exceptions that its rows open."""

    def __init__(self, connection: AsyncConnection, exceptions: ExceptionStore) -> None:
        self._connection, self._exceptions = connection, exceptions

    async def add(self, unposted: Unposted, at: datetime) -> None:
        """Keep what a bank told us and open its exception; the same words again change nothing."""
        n = unposted.notification
        statement = insert(UNPOSTED_NOTIFICATIONS).values(
            id=new_id(),
            municipality=unposted.municipality,
            code=unposted.code.value,
            bank_code=n.bank_code,
            branch_code=n.branch_code,
            receipt_number=n.receipt_number,
            trace_number=n.trace_number,
            paid_on=n.paid_on,
            paid_at=n.paid_at,
            amount_yen=n.amount_yen,
            medium=n.medium,
            session_id=n.session_id,
            institution_number=unposted.key.institution_number,
            payment_number=unposted.key.payment_number,
            category=unposted.key.category,
            received_at=at,
        )
        await self._connection.execute(statement.on_conflict_do_nothing())
        await self._exceptions.open(
            unposted.code, unposted.subject, municipality=unposted.municipality, at=at
        )

    async def mend(self, notification: Notification) -> None:
        """Close the exceptions of a payment that has its receipt now; its rows stay."""
        for code in MENDED_BY_A_RECEIPT:
            await self._exceptions.resolve(code, subject_of(notification))
