"""Receipts: add once for each bank, number and day; find what waits to be reported; advance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.inquiries import BillKey
from services.lgwan_asp.domain.receipts import (
    RECEIPT_STATES,
    Notification,
    PaidBill,
    Receipt,
    ReceiptState,
)
from services.lgwan_asp.store.tables import BILLING_RECORDS, RECEIPTS
from shared.kit.hot_path import HotStatement
from shared.kit.journal import ConcurrentUpdate, Journal
from shared.kit.money import Yen

_R = RECEIPTS.c
BANK_NOTIFIED = "bank_notified"
"""The event of a receipt that is added."""
_BY_IDENTITY = """
SELECT * FROM receipts
WHERE bank_code = :bank_code AND receipt_number = :receipt_number AND paid_on = :paid_on
"""
_FIND, _LOCK = HotStatement(_BY_IDENTITY), HotStatement(f"{_BY_IDENTITY} FOR UPDATE")


def notification_of(row: Any) -> Notification:  # noqa: ANN401 - asyncpg's row or SQLAlchemy's
    """Return what a bank told, from a row with the columns of `receipts`."""
    return Notification(
        session_id=row["session_id"],
        bank_code=row["bank_code"],
        branch_code=row["branch_code"],
        trace_number=row["trace_number"],
        receipt_number=row["receipt_number"],
        amount_yen=Yen(row["amount_yen"]),
        paid_at=row["paid_at"],
        paid_on=row["paid_on"],
        medium=row["medium"],
    )


def paid_bill_of(row: Any, prefix: str = "") -> PaidBill:  # noqa: ANN401
    """Return the bill of a receipt, a session or a bill; prefix: of the columns' names."""
    parts = ("institution_number", "payment_number", "category")
    return PaidBill(
        row[f"{prefix}municipality"],
        BillKey(*(row[prefix + part] for part in parts)),
        row[f"{prefix}notice_number"],
        row[f"{prefix}levy_year"],
        row[f"{prefix}instalment"],
    )


def _receipt(row: Any) -> Receipt:  # noqa: ANN401
    return Receipt(
        id=row["id"],
        municipality=row["municipality"],
        key=BillKey(row["institution_number"], row["payment_number"], row["category"]),
        notice_number=row["notice_number"],
        levy_year=row["levy_year"],
        instalment=row["instalment"],
        notification=notification_of(row),
        taken_at=row["taken_at"],
        state=ReceiptState(row["state"]),
        version=row["version"],
        cancel_reason=row["cancel_reason"],
        preliminary_file_id=row["preliminary_file_id"],
    )


def _values(receipt: Receipt) -> dict[str, Any]:
    """Return the columns of a new receipt, but for its state."""
    n = receipt.notification
    return {
        "id": receipt.id,
        "municipality": receipt.municipality,
        "institution_number": receipt.key.institution_number,
        "payment_number": receipt.key.payment_number,
        "category": receipt.key.category,
        "notice_number": receipt.notice_number,
        "levy_year": receipt.levy_year,
        "instalment": receipt.instalment,
        "session_id": n.session_id,
        "bank_code": n.bank_code,
        "branch_code": n.branch_code,
        "trace_number": n.trace_number,
        "receipt_number": n.receipt_number,
        "amount_yen": n.amount_yen,
        "paid_at": n.paid_at,
        "paid_on": n.paid_on,
        "medium": n.medium,
        "taken_at": receipt.taken_at,
    }


class ReceiptStore:
    """The table `receipts`."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def add(self, receipt: Receipt) -> bool:
        """Add a receipt unless its identity stands here already; say whether it was added."""
        return await self._journal.add_row(
            RECEIPTS, _values(receipt), state=receipt.state, event=BANK_NOTIFIED, once="one_receipt"
        )

    async def find(
        self, *, bank_code: str, receipt_number: str, paid_on: date, lock: bool = False
    ) -> Receipt | None:
        """Return a receipt by its identity, or None; lock it if it is to be moved."""
        identity = {"bank_code": bank_code, "receipt_number": receipt_number, "paid_on": paid_on}
        row = await (_LOCK if lock else _FIND).row(self._connection, identity)
        return _receipt(row) if row else None

    async def cancel(self, receipt: Receipt, *, reason: int, at: datetime) -> None:
        """Move a receipt to CANCELLED at its bank's word."""
        await self._journal.advance(
            RECEIPTS,
            RECEIPT_STATES,
            record_id=receipt.id,
            version=receipt.version,
            source=receipt.state,
            target=ReceiptState.CANCELLED,
            values={"cancel_reason": reason, "cancelled_at": at},
        )

    async def in_states(
        self, municipality: str, *states: ReceiptState, paid_before: date | None = None
    ) -> Sequence[Receipt]:
        """Return and lock a municipality's receipts in some states, in no order."""
        condition: list[ColumnElement[bool]] = [
            _R.municipality == municipality,
            _R.state.in_([state.value for state in states]),
        ]
        if paid_before is not None:
            condition.append(_R.paid_on < paid_before)
        query = select(RECEIPTS).where(*condition).with_for_update()
        return [_receipt(row) for row in (await self._connection.execute(query)).mappings()]

    async def report(
        self,
        receipts: Sequence[Receipt],
        source: ReceiptState,
        target: ReceiptState,
        **files: UUID,
    ) -> None:
        """Move locked receipts that stand in a file; the keywords are the columns naming it."""
        ids = [receipt.id for receipt in receipts]
        moved = await self._journal.advance_many(
            RECEIPTS, RECEIPT_STATES, record_ids=ids, source=source, target=target, values=files
        )
        if moved != len(ids):
            raise ConcurrentUpdate("receipts")

    async def ids_of(self, key: str) -> list[str]:
        """Return ids of receipts and billing files to which a key leads.

        A key is a payment number, a bank's receipt number, a session or the id of either file.
        """
        as_text = [cast(column, Text) for column in (_R.preliminary_file_id, _R.confirmed_file_id)]
        receipts = select(cast(_R.id, Text)).where(
            or_(
                _R.payment_number == key,
                _R.receipt_number == key,
                _R.session_id == key,
                *(column == key for column in as_text),
            )
        )
        uploads = select(cast(BILLING_RECORDS.c.file_id, Text)).where(
            BILLING_RECORDS.c.payment_number == key
        )
        found = await self._connection.execute(receipts.union(uploads).limit(1000))
        return sorted(found.scalars())
