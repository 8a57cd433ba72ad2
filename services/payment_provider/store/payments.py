"""Payments, kept: add one under its payer's id, find it, move it, list those that are open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, or_, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payment_provider.domain.payments import (
    COURSES,
    LIVE_STATES,
    BankSession,
    Payment,
    PaymentState,
)
from services.payment_provider.domain.receipts import Receipt, ReceiptState
from services.payment_provider.domain.refusals import SlipAlreadyPaid
from services.payment_provider.store.tables import PAYMENTS, RECEIPTS
from shared.keys.channels import Channel
from shared.kit.book_rows import Moved, written_in_books
from shared.kit.clock import tokyo_time
from shared.kit.hot_path import HotStatement, LastStep
from shared.kit.journal import Journal
from shared.kit.money import Yen

OPEN_LISTED_MAX = 1000


class PaymentStore:
    """The table `payments`, in one transaction."""

    def __init__(self, connection: AsyncConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal

    def opening(self, payment: Payment, terms_version: str) -> LastStep:
        """Return the step that adds a payment, if its acceptance is of that version of the terms.

        It answers `accepted` (the version that was accepted, None without an acceptance) and
        `added`: 0 if the terms, another payment of this id, or a live payment of the slip stand in
        the way. The partial unique index decides, also between two that come at one moment.
        """
        values = {
            "id": payment.id,
            "peer_id": payment.peer_id,
            "state": payment.state.value,
            "channel": payment.channel.value,
            "municipality": payment.municipality,
            "barcode": payment.barcode,
            "amount_yen": int(payment.amount_yen),
            "fee_yen": int(payment.fee_yen),
            "body_sha": payment.body_sha256,
            "asked_at": payment.asked_at,
            "asking_until": payment.asking_until,
            "terms_acceptance_id": payment.terms_acceptance_id,
            "terms_version": terms_version,
        }
        return LastStep(_OPENING, values | self._journal.stamp())

    def accepting(self, payment: Payment, receipt: Receipt) -> LastStep:
        """Return the step that moves a payment to accepted and adds its receipt.

        It answers `moved`: 0 if somebody moved the payment first. AlreadyThere if the slip has a
        receipt of that number. Both records and their books are one statement: there is no payment
        without its receipt, nor the reverse.
        """
        course = payment.course
        values = {
            "payment_id": payment.id,
            "payment_version": payment.version,
            "paid_at": receipt.paid_at,
            "receipt_id": receipt.id,
            "shop_number": receipt.shop_number,
            "confirm_on": receipt.confirm_on,
            "transfer_date": receipt.transfer_date,
        }
        statement = _accepting(
            course.machine.event(payment.state, course.accepted), payment.state, course.accepted
        )
        return LastStep(statement, values | self._journal.stamp())

    async def find(self, payment_id: UUID) -> Payment | None:
        """Return a payment by its id, or None."""
        query = select(PAYMENTS).where(PAYMENTS.c.id == payment_id)
        row = (await self._connection.execute(query)).one_or_none()
        return _payment(row) if row else None

    async def of_peer_id(self, peer_id: UUID) -> Payment | None:
        """Return the payment that a peer knows by this id, or None."""
        query = select(PAYMENTS).where(PAYMENTS.c.peer_id == peer_id)
        row = (await self._connection.execute(query)).one_or_none()
        return _payment(row) if row else None

    async def take_over(self, payment: Payment, paid_at: datetime) -> Payment:
        """Make a payment that ended without a charge an accepted one after all.

        Raises SlipAlreadyPaid if another payment keeps the slip by now (the index decides; the
        transaction is then of no more use), or ConcurrentUpdate.
        """
        try:
            return await self.advance(payment, payment.course.accepted, paid_at=paid_at)
        except IntegrityError as error:
            raise SlipAlreadyPaid from error

    async def advance(
        self,
        payment: Payment,
        target: PaymentState,
        *,
        reason: str | None = None,
        paid_at: datetime | None = None,
        bank_session: BankSession | None = None,
    ) -> Payment:
        """Move a payment; raise ConcurrentUpdate if somebody moved it first.

        A session at the bank goes with the move away from it.
        """
        version = await self._journal.advance(
            PAYMENTS,
            payment.course.machine,
            record_id=payment.id,
            version=payment.version,
            source=payment.state,
            target=target,
            values={
                "reason": reason,
                "paid_at": paid_at,
                "bank_session": bank_session.session if bank_session else None,
                "session_until": bank_session.until if bank_session else None,
            },
        )
        return replace(
            payment,
            state=target,
            version=version,
            reason=reason,
            paid_at=paid_at,
            bank_session=bank_session,
        )

    async def is_live(self, municipality: str, barcode: str) -> bool:
        """Say whether a payment of a slip is accepted, being asked for or being confirmed."""
        slip = and_(PAYMENTS.c.municipality == municipality, PAYMENTS.c.barcode == barcode)
        query = select(PAYMENTS.c.id).where(slip, PAYMENTS.c.state.in_(LIVE_STATES)).limit(1)
        return (await self._connection.execute(query)).first() is not None

    async def open_ones(
        self,
        channel: Channel,
        machine_at: datetime,
        business_at: datetime,
        *,
        after: Payment | None = None,
    ) -> list[Payment]:
        """Return a page of a channel's payments that may be settled, oldest first."""
        course, c = COURSES[channel], PAYMENTS.c
        asking = c.state == course.asking.value
        settleable = [c.state == course.unknown.value, and_(asking, c.asking_until < machine_at)]
        if course.at_bank is not None:
            left = and_(c.state == course.at_bank.value, c.session_until < business_at)
            settleable.append(left)
        query = select(PAYMENTS).where(c.channel == channel.value, or_(*settleable))
        if after is not None:
            query = query.where(tuple_(c.asked_at, c.id) > (after.asked_at, after.id))
        query = query.order_by(c.asked_at, c.id).limit(OPEN_LISTED_MAX)
        return [_payment(row) for row in (await self._connection.execute(query)).all()]

    async def count_asking(self, channel: Channel, machine_at: datetime) -> int:
        """Return how many of a channel's payments are asked for within their deadline."""
        c = PAYMENTS.c
        asking = c.state == COURSES[channel].asking.value
        query = select(func.count()).select_from(PAYMENTS)
        query = query.where(c.channel == channel.value, asking, c.asking_until >= machine_at)
        return int((await self._connection.execute(query)).scalar_one())

    async def count_at_bank(self, business_at: datetime) -> int:
        """Return how many payers may still decide at their banks."""
        c, at_bank = PAYMENTS.c, COURSES[Channel.MOBILE_BANKING].at_bank
        query = select(func.count()).select_from(PAYMENTS)
        query = query.where(c.state == at_bank, c.session_until >= business_at)
        return int((await self._connection.execute(query)).scalar_one())

    async def open_ids_of_day(self, day: date) -> set[UUID]:
        """Return the card payments asked for up to the end of a Tokyo day that are still open.

        By the ids that the card agent knows them by.
        """
        course, c = COURSES[Channel.MOBILE_CREDIT], PAYMENTS.c
        still_open = c.state.in_([course.asking.value, course.unknown.value])
        end = tokyo_time(date.fromordinal(day.toordinal() + 1))
        query = select(c.peer_id).where(
            c.channel == Channel.MOBILE_CREDIT.value, still_open, c.asked_at < end
        )
        return set((await self._connection.execute(query)).scalars())

    async def ids_of(self, keys: Sequence[UUID], barcode: str) -> list[UUID]:
        """Return both ids of payments that have one of these ids, or this barcode."""
        c = PAYMENTS.c
        found = or_(c.id.in_(keys), c.peer_id.in_(keys), c.barcode == barcode)
        rows = (await self._connection.execute(select(c.id, c.peer_id).where(found))).all()
        return [each for row in rows for each in (row.id, row.peer_id)]


_OPENING = HotStatement(f"""
WITH acceptance AS (
  SELECT version FROM terms_acceptances WHERE id = :terms_acceptance_id
), added AS (
  INSERT INTO payments (id, peer_id, state, version, channel, municipality, barcode, amount_yen,
    fee_yen, body_sha256, asked_at, asking_until, terms_acceptance_id)
  SELECT CAST(:id AS uuid), CAST(:peer_id AS uuid), CAST(:state AS text), 0,
    CAST(:channel AS text), CAST(:municipality AS text), CAST(:barcode AS text),
    CAST(:amount_yen AS bigint), CAST(:fee_yen AS bigint), CAST(:body_sha AS text),
    CAST(:asked_at AS timestamptz), CAST(:asking_until AS timestamptz), :terms_acceptance_id
  FROM acceptance WHERE version = :terms_version
  ON CONFLICT DO NOTHING
  RETURNING id, municipality, version
), {written_in_books(Moved("added", PAYMENTS.name, "payment_asked", "ASKING"))}
SELECT (SELECT version FROM acceptance) AS accepted, (SELECT count(*) FROM added) AS added
""")  # noqa: S608 - names of ours, no values


@cache
def _accepting(event: str, source: PaymentState, target: PaymentState) -> HotStatement:
    """Return the statement that moves a payment and adds its receipt, one for each way there."""
    books = written_in_books(
        Moved("moved", PAYMENTS.name, event, target, source),
        Moved("taken", RECEIPTS.name, "receipt_taken", ReceiptState.TAKEN),
    )
    return HotStatement(f"""
WITH moved AS (
  UPDATE payments SET state = '{target}', version = version + 1, reason = NULL,
    paid_at = :paid_at, bank_session = NULL, session_until = NULL
  WHERE id = :payment_id AND version = :payment_version AND state = '{source}'
  RETURNING id, municipality, version, channel, barcode, amount_yen, paid_at
), taken AS (
  INSERT INTO receipts (id, state, version, payment_id, municipality, channel, barcode, amount_yen,
    paid_at, shop_number, confirm_on, transfer_date)
  SELECT CAST(:receipt_id AS uuid), 'TAKEN', 0, id, municipality, channel, barcode, amount_yen,
    paid_at, CAST(:shop_number AS integer), CAST(:confirm_on AS date), CAST(:transfer_date AS date)
  FROM moved
  RETURNING id, municipality, version
), {books}
SELECT count(*) AS moved FROM moved
""")  # noqa: S608 - names of ours, no values


def _payment(row: Row[Any]) -> Payment:
    channel = Channel(row.channel)
    state_type = type(COURSES[channel].machine.initial)
    return Payment(
        id=row.id,
        peer_id=row.peer_id,
        channel=channel,
        municipality=row.municipality,
        barcode=row.barcode,
        amount_yen=Yen(row.amount_yen),
        fee_yen=Yen(row.fee_yen),
        body_sha256=row.body_sha256,
        asked_at=row.asked_at,
        asking_until=row.asking_until,
        state=state_type(row.state),
        version=row.version,
        reason=row.reason,
        paid_at=row.paid_at,
        terms_acceptance_id=row.terms_acceptance_id,
        bank_session=BankSession(row.bank_session, row.session_until) if row.bank_session else None,
    )
