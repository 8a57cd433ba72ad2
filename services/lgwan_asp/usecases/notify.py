"""A bank notifies that it has taken the money (収納通知): recorded once, whatever else is true."""

from __future__ import annotations

from uuid import UUID

from services.lgwan_asp.domain.exceptions import ExceptionCode
from services.lgwan_asp.domain.inquiries import InquirySession, TelegramCode
from services.lgwan_asp.domain.receipts import (
    Notification,
    Receipt,
    paid_at_is_possible,
    receipt_of,
)
from services.lgwan_asp.domain.refusals import PaidAtOutOfRange, ReceiptNumberReused
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork, UnitOfWork
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.kit.logs import logger


async def notify(
    notification: Notification, *, open_unit_of_work: OpenUnitOfWork, clock: Clock
) -> TelegramCode:
    """Record a payment and return its result code.

    The written rule: money that a bank has taken is never dropped. A session that has expired, a
    key that was paid, deleted or changed meanwhile: recorded all the same, as a receipt of its
    own; at worst it is an overpayment, which only the ward can know. Only what cannot be a
    payment of ours is not recorded, and then it is an exception for a clerk, committed before the
    bank is answered: no session of this bank (60), another amount than the session's (50), and
    the two refusals below.

    The same receipt number of the same bank and day: the same body ends OK without a second
    posting (also when the receipt was cancelled since), another body is ReceiptNumberReused.
    PaidAtOutOfRange if the time of payment cannot be.
    """
    async with open_unit_of_work() as work:
        known = await _find(work, notification)
        if known is not None:
            return await _repeated(work, known, notification, clock)
        session = await _session(work, notification)
        if session is None:
            code = ExceptionCode.NOTIFIED_WITHOUT_SESSION
            await _not_recorded(work, notification, code, clock, municipality="")
            return TelegramCode.SESSION_UNKNOWN
        town = session.municipality
        if not paid_at_is_possible(notification.paid_at, session, clock.now()):
            code = ExceptionCode.NOTIFIED_PAID_AT_OUT_OF_RANGE
            await _not_recorded(work, notification, code, clock, municipality=town)
            raise PaidAtOutOfRange
        if notification.amount_yen != session.amount_yen:
            code = ExceptionCode.NOTIFIED_AMOUNT_DIFFERS
            await _not_recorded(work, notification, code, clock, municipality=town)
            return TelegramCode.AMOUNT_DIFFERS
        receipt = receipt_of(new_id(), session, notification, clock.now())
        if not await work.receipts.add(receipt):
            raced = await _find(work, notification)
            assert raced is not None, "the identity is taken, so it stands there"  # noqa: S101
            return await _repeated(work, raced, notification, clock)
        await work.sessions.use(session.id, clock.now())
        await work.commit()
    return TelegramCode.OK


async def _find(work: UnitOfWork, notification: Notification) -> Receipt | None:
    return await work.receipts.find(
        bank_code=notification.bank_code,
        receipt_number=notification.receipt_number,
        paid_on=notification.paid_on,
    )


async def _repeated(
    work: UnitOfWork, known: Receipt, notification: Notification, clock: Clock
) -> TelegramCode:
    """Give the stored answer to the same body, refuse another one (DESIGN rule 6)."""
    if known.notification != notification:
        code = ExceptionCode.NOTIFIED_RECEIPT_NUMBER_REUSED
        await _not_recorded(work, notification, code, clock, municipality=known.municipality)
        raise ReceiptNumberReused
    return TelegramCode.OK


async def _session(work: UnitOfWork, notification: Notification) -> InquirySession | None:
    try:
        session_id = UUID(notification.session_id)
    except ValueError:
        return None
    return await work.sessions.find(session_id, bank_code=notification.bank_code)


async def _not_recorded(
    work: UnitOfWork,
    notification: Notification,
    code: ExceptionCode,
    clock: Clock,
    *,
    municipality: str,
) -> None:
    """Leave a row for a clerk: a bank may hold money that no receipt shows.

    The trace number is in the subject: a receipt number that was used twice names two payments.
    """
    n = notification
    subject = f"{n.bank_code}/{n.paid_on.isoformat()}/{n.receipt_number}/{n.trace_number}"
    await work.exceptions.open(code, subject, municipality=municipality, at=clock.now())
    await work.commit()
    logger().warning("notification_not_recorded", code=code.value)
