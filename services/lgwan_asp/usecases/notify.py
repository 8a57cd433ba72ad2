"""A bank notifies that it has taken the money (収納通知): recorded once, whatever else is true."""

from __future__ import annotations

from services.lgwan_asp.domain.exceptions import ExceptionCode
from services.lgwan_asp.domain.inquiries import TelegramCode
from services.lgwan_asp.domain.receipts import (
    Notification,
    Receipt,
    paid_at_is_possible,
    receipt_of,
)
from services.lgwan_asp.domain.refusals import PaidAtOutOfRange, ReceiptNumberReused
from services.lgwan_asp.domain.unposted_notifications import UNKNOWN_KEY, LookedUp, Told, Unposted
from services.lgwan_asp.store.telegrams import TelegramStore
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.kit.logs import logger


async def notify(
    notification: Notification,
    *,
    telegrams: TelegramStore,
    open_unit_of_work: OpenUnitOfWork,
    clock: Clock,
) -> TelegramCode:
    """Record a payment and return its result code.

    The written rule (docs/decisions/0019): money that a bank has taken is never dropped. A session
    that has expired, a key that was paid, deleted or changed meanwhile: recorded all the same, as a
    receipt of its own; at worst it is an overpayment, which only the ward can know. Only what
    cannot be a payment of ours has no receipt, and then it is kept with its yen as unposted, with
    an exception for a clerk, committed before the bank is answered: no session of this bank (60),
    another amount than the session's (50), and the two refusals below. The right notification of
    the same payment later closes that exception.

    The same receipt number of the same bank and day: the same body ends OK without a second
    posting (also when the receipt was cancelled since), another body is ReceiptNumberReused.
    PaidAtOutOfRange if the time of payment cannot be. Overloaded, with nothing recorded, if too
    many telegrams wait.
    """
    found = await telegrams.look_up(notification)
    if found.stored is not None:
        return await _repeated(found, notification, open_unit_of_work, clock)
    if found.told is None:
        unposted = Unposted(notification, ExceptionCode.NOTIFIED_WITHOUT_SESSION)
        await _keep_unposted(unposted, open_unit_of_work, clock)
        return TelegramCode.SESSION_UNKNOWN
    if not paid_at_is_possible(notification.paid_at, found.told.opened_at, clock.now()):
        unposted = _of(found.told, notification, ExceptionCode.NOTIFIED_PAID_AT_OUT_OF_RANGE)
        await _keep_unposted(unposted, open_unit_of_work, clock)
        raise PaidAtOutOfRange
    if notification.amount_yen != found.told.amount_yen:
        unposted = _of(found.told, notification, ExceptionCode.NOTIFIED_AMOUNT_DIFFERS)
        await _keep_unposted(unposted, open_unit_of_work, clock)
        return TelegramCode.AMOUNT_DIFFERS
    receipt = receipt_of(new_id(), found.told.bill, notification, clock.now())
    if found.complained:
        added = await _post_and_mend(receipt, found.told, open_unit_of_work, clock)
    else:
        added = await telegrams.post(receipt, found.told)
    if added:
        return TelegramCode.OK
    raced = await telegrams.look_up(notification)
    return await _repeated(raced, notification, open_unit_of_work, clock)


async def _post_and_mend(
    receipt: Receipt, told: Told, open_unit_of_work: OpenUnitOfWork, clock: Clock
) -> bool:
    """Write the receipt, close the session, and the exception that this payment had."""
    async with open_unit_of_work() as work:
        if not await work.receipts.add(receipt):
            return False
        await work.sessions.use(told.session_id, clock.now())
        await work.unposted.mend(receipt.notification)
        await work.commit()
    return True


async def _repeated(
    found: LookedUp, notification: Notification, open_unit_of_work: OpenUnitOfWork, clock: Clock
) -> TelegramCode:
    """Give the stored answer to the same body, refuse another one (DESIGN rule 6)."""
    assert found.stored is not None, "the identity is taken, so it stands there"  # noqa: S101
    stored, bill = found.stored
    if stored == notification:
        return TelegramCode.OK
    key = found.told.bill.key if found.told else UNKNOWN_KEY
    code = ExceptionCode.NOTIFIED_RECEIPT_NUMBER_REUSED
    unposted = Unposted(notification, code, bill.municipality, key)
    await _keep_unposted(unposted, open_unit_of_work, clock)
    raise ReceiptNumberReused


def _of(told: Told, notification: Notification, code: ExceptionCode) -> Unposted:
    return Unposted(notification, code, told.bill.municipality, told.bill.key)


async def _keep_unposted(
    unposted: Unposted, open_unit_of_work: OpenUnitOfWork, clock: Clock
) -> None:
    """Leave a row and an exception for a clerk: a bank may hold money that no receipt shows."""
    async with open_unit_of_work() as work:
        await work.unposted.add(unposted, clock.now())
        await work.commit()
    logger().warning("notification_not_recorded", code=unposted.code.value)
