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
    payment of ours is not recorded, and then it is an exception for a clerk: no session of this
    bank (60), or another amount than the session's (50).

    The same receipt number of the same bank and day: the same body ends OK without a second
    posting (also when the receipt was cancelled since), another body is ReceiptNumberReused.
    PaidAtOutOfRange if the time of payment cannot be.
    """
    async with open_unit_of_work() as work:
        known = await _find(work, notification)
        if known is not None:
            return _repeated(known, notification)
        session = await _session(work, notification)
        if session is None:
            return await _not_recorded(
                work, notification, TelegramCode.SESSION_UNKNOWN, clock, municipality=""
            )
        if not paid_at_is_possible(notification.paid_at, session, clock.now()):
            raise PaidAtOutOfRange
        if notification.amount_yen != session.amount_yen:
            town = session.municipality
            return await _not_recorded(
                work, notification, TelegramCode.AMOUNT_DIFFERS, clock, municipality=town
            )
        receipt = receipt_of(new_id(), session, notification, clock.now())
        if not await work.receipts.add(receipt):
            raced = await _find(work, notification)
            assert raced is not None, "the identity is taken, so it stands there"  # noqa: S101
            return _repeated(raced, notification)
        await work.sessions.use(session.id, clock.now())
        await work.commit()
    return TelegramCode.OK


async def _find(work: UnitOfWork, notification: Notification) -> Receipt | None:
    return await work.receipts.find(
        bank_code=notification.bank_code,
        receipt_number=notification.receipt_number,
        paid_on=notification.paid_on,
    )


def _repeated(known: Receipt, notification: Notification) -> TelegramCode:
    """Give the stored answer to the same body, refuse another one (DESIGN rule 6)."""
    if known.notification != notification:
        raise ReceiptNumberReused
    return TelegramCode.OK


async def _session(work: UnitOfWork, notification: Notification) -> InquirySession | None:
    try:
        session_id = UUID(notification.session_id)
    except ValueError:
        return None
    return await work.sessions.find(session_id, bank_code=notification.bank_code)


_EXCEPTION_OF = {
    TelegramCode.SESSION_UNKNOWN: ExceptionCode.NOTIFIED_WITHOUT_SESSION,
    TelegramCode.AMOUNT_DIFFERS: ExceptionCode.NOTIFIED_AMOUNT_DIFFERS,
}


async def _not_recorded(
    work: UnitOfWork,
    notification: Notification,
    code: TelegramCode,
    clock: Clock,
    *,
    municipality: str,
) -> TelegramCode:
    """Leave a row for a clerk: a bank may hold money that no receipt shows."""
    n = notification
    subject = f"{n.bank_code}/{n.paid_on.isoformat()}/{n.receipt_number}"
    await work.exceptions.open(
        _EXCEPTION_OF[code], subject, municipality=municipality, at=clock.now()
    )
    await work.commit()
    logger().warning("notification_not_recorded", result=code.value)
    return code
