"""済通 as stored, the electronic receipts of bank counters, and which belong together.

Knows which rows there are, not which belong together: that is the domain's matter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, func, insert, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from services.ward_gateway.domain.paper_notices import (
    COUNTER_MEDIUM,
    PAPER_MACHINE,
    WITHDRAWAL_MACHINE,
    CounterPayment,
    CounterReceipt,
    NoticeHeld,
    NoticeIdentity,
    PaperNotice,
    Withdrawal,
    WithdrawalReason,
)
from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.store.bulk import is_any_of
from services.ward_gateway.store.paper_notice_tables import (
    CURRENT_PAIR,
    PAPER_NOTICES,
    PAPER_PAIRS,
)
from services.ward_gateway.store.tables import RECEIPTS
from shared.keys.channels import Channel
from shared.kit.clock import tokyo_date
from shared.kit.ids import new_id
from shared.kit.journal import Journal
from shared.kit.money import Yen

_N, _P, _R = PAPER_NOTICES.c, PAPER_PAIRS.c, RECEIPTS.c
_EARLIER = PAPER_NOTICES.alias()
_COUNTS = _N.withdrawn_at.is_(None)
_STAMP = tuple_(*(_N[name] for name in NoticeIdentity._fields))
_WITHDRAWN_BEFORE = (
    select(func.count())
    .where(
        *(_EARLIER.c[name] == _N[name] for name in NoticeIdentity._fields),
        _EARLIER.c.withdrawn_at.is_not(None),
    )
    .scalar_subquery()
)
_HELD = (
    select(
        PAPER_NOTICES,
        _R.state.label("own_state"),
        _P.receipt_id.label("joined_to"),
        (_WITHDRAWN_BEFORE + 1).label("reading"),
    )
    .outerjoin(RECEIPTS, _R.id == _N.own_receipt_id)
    .outerjoin(PAPER_PAIRS, CURRENT_PAIR)
)


class PaperNoticeStore:
    """A notice gets its own receipt once, and may be withdrawn; a pair ends. Nothing is deleted."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    async def add(
        self, notices: Sequence[PaperNotice], taken_at: datetime, handed_in_by: str
    ) -> list[UUID]:
        """Add the notices whose stamp is new; return the ids of those that were added."""
        common = {"taken_at": taken_at, "handed_in_by": handed_in_by}
        rows = [_row(notice) | common | {"id": new_id()} for notice in notices]
        statement = (
            insert_once(PAPER_NOTICES)
            .values(rows)
            .on_conflict_do_nothing(
                index_elements=[_N[name] for name in NoticeIdentity._fields],
                index_where=text("withdrawn_at IS NULL"),
            )
            .returning(_N.id)
        )
        added = list((await self._connection.execute(statement)).scalars())
        if added:
            await self._journal.audit(
                "paper_notices_taken", PAPER_NOTICES.name, "", details={"n": len(added)}
            )
        return added

    async def known(self, identities: Collection[NoticeIdentity]) -> dict[UUID, PaperNotice]:
        """Return the notices that count with these stamps."""
        query = select(PAPER_NOTICES).where(_STAMP.in_(list(identities)), _COUNTS)
        return {row.id: _notice(row) for row in await self._connection.execute(query)}

    async def of_keys(self, keys: Collection[str]) -> list[NoticeHeld]:
        """Return every notice of these payment numbers that counts, and how it stands."""
        query = _HELD.where(is_any_of(_N.payment_number, sorted(keys)), _COUNTS)
        return [_held(row) for row in await self._connection.execute(query)]

    async def find(self, notice: PaperNotice) -> tuple[NoticeHeld, str] | None:
        """Return the notice that counts and says exactly this, and who handed it in."""
        query = _HELD.where(*_says(notice), _COUNTS)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else (_held(row), row.handed_in_by)

    async def withdrawal(self, notice: PaperNotice) -> Withdrawal | None:
        """Return how the newest notice that said exactly this was withdrawn."""
        query = select(PAPER_NOTICES).where(*_says(notice), _N.withdrawn_at.is_not(None))
        newest = query.order_by(_N.withdrawn_at.desc(), _N.id.desc()).limit(1)
        row = (await self._connection.execute(newest)).one_or_none()
        if row is None:
            return None
        reason = WithdrawalReason(row.withdrawal_reason)
        return Withdrawal(row.withdrawn_by, row.withdrawn_at, reason, row.own_receipt_id)

    async def withdraw(self, notice_id: UUID, withdrawal: Withdrawal) -> None:
        """Let a notice count no more, its receipt neither if that is confirmed; its pair ends."""
        values = {
            "withdrawn_at": withdrawal.withdrawn_at,
            "withdrawn_by": withdrawal.withdrawn_by,
            "withdrawal_reason": withdrawal.reason.value,
        }
        await self._connection.execute(
            update(PAPER_NOTICES).where(_N.id == notice_id).values(values)
        )
        await self.part([notice_id], withdrawal.withdrawn_at)
        await self._journal.advance_many(
            RECEIPTS,
            WITHDRAWAL_MACHINE,
            record_ids=[withdrawal.receipt_id] if withdrawal.receipt_id else [],
            source=ReceiptState.CONFIRMED,
            target=ReceiptState.CANCELLED,
        )
        details = {"reason": withdrawal.reason.value}
        await self._journal.audit(
            "paper_notice_withdrawn", PAPER_NOTICES.name, str(notice_id), details=details
        )

    async def counter_receipts(self, keys: Collection[str]) -> list[CounterReceipt]:
        """Return the live Pay-easy receipts that bank counters took on these payment numbers.

        One whose medium was not noted may be of a counter; a later file tells it.
        """
        query = select(RECEIPTS).where(
            is_any_of(_R.key, sorted(keys)),
            _R.channel == Channel.PAYEASY.value,
            _R.medium.in_((COUNTER_MEDIUM, "")),
            _R.state != ReceiptState.CANCELLED.value,
        )
        return [_receipt(row) for row in await self._connection.execute(query)]

    async def part(self, notice_ids: Collection[UUID], at: datetime) -> None:
        """Let the pairs of these notices have ended at an instant."""
        if notice_ids:
            chosen = and_(is_any_of(_P.notice_id, list(notice_ids)), _P.parted_at.is_(None))
            await self._connection.execute(update(PAPER_PAIRS).where(chosen).values(parted_at=at))

    async def join(self, pairs: Mapping[UUID, UUID], at: datetime) -> None:
        """Let notices belong to receipts: notice id -> receipt id."""
        rows = [
            {"notice_id": notice_id, "receipt_id": receipt_id, "joined_at": at}
            for notice_id, receipt_id in pairs.items()
        ]
        if rows:
            await self._connection.execute(insert(PAPER_PAIRS), rows)

    async def stand(self, own: Mapping[UUID, UUID]) -> None:
        """Note the receipts of notices that now stand for themselves: notice id -> receipt id."""
        if own:
            statement = update(PAPER_NOTICES).where(_N.id == bindparam("notice"))
            rows = [{"notice": notice_id, "receipt": own[notice_id]} for notice_id in own]
            values = statement.values(own_receipt_id=bindparam("receipt"))
            await self._connection.execute(values, rows)

    async def give_way(self, receipt_ids: Sequence[UUID]) -> None:
        """Move confirmed receipts that came on paper to CANCELLED: another counts for them."""
        await self._move(receipt_ids, ReceiptState.CONFIRMED, ReceiptState.CANCELLED)

    async def stand_again(self, receipt_ids: Sequence[UUID]) -> None:
        """Move receipts that gave way back to CONFIRMED."""
        await self._move(receipt_ids, ReceiptState.CANCELLED, ReceiptState.CONFIRMED)

    async def _move(self, ids: Sequence[UUID], source: ReceiptState, target: ReceiptState) -> None:
        await self._journal.advance_many(
            RECEIPTS, PAPER_MACHINE, record_ids=ids, source=source, target=target
        )


def _row(notice: PaperNotice) -> dict[str, Any]:
    return notice.identity._asdict() | {
        "payment_number": notice.payment_number,
        "amount_yen": notice.amount_yen,
        "paid_in_on": notice.paid_in_on,
    }


def _says(notice: PaperNotice) -> list[ColumnElement[bool]]:
    return [_N[name] == value for name, value in _row(notice).items()]


def _notice(row: Row[Any]) -> PaperNotice:
    return PaperNotice(
        NoticeIdentity(row.bank_code, row.branch_code, row.paid_on, row.stamp_number),
        row.payment_number,
        Yen(row.amount_yen),
        row.paid_in_on,
    )


def _held(row: Row[Any]) -> NoticeHeld:
    state = None if row.own_state is None else ReceiptState(row.own_state)
    return NoticeHeld(row.id, _notice(row), row.own_receipt_id, state, row.joined_to, row.reading)


def _receipt(row: Row[Any]) -> CounterReceipt:
    paid_on = tokyo_date(row.paid_at)
    payment = CounterPayment(row.bank_code, row.key, int(row.amount_yen), paid_on)
    return CounterReceipt(row.id, row.identity, row.branch_code, payment)
