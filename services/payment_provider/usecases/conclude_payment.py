"""Record how a payment ended, and its receipt in the same transaction. Asks nobody."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.payment_provider.domain.payments import (
    Abandoned,
    Accepted,
    Declined,
    Outcome,
    Payment,
)
from services.payment_provider.domain.receipts import Receipt, banking_transfer_date
from services.payment_provider.store.unit_of_work import UnitOfWork
from services.payment_provider.usecases.books import Books
from shared.kit.calendar import japanese_banks
from shared.kit.clock import tokyo_date
from shared.kit.hot_path import AlreadyThere
from shared.kit.ids import new_id
from shared.kit.journal import ConcurrentUpdate
from shared.kit.logs import logger

FIRST_SHOP_NUMBER = 1


async def conclude_payment(payment: Payment, outcome: Outcome, books: Books) -> Payment:
    """Move a payment to where its outcome leads, and return it as it stands then.

    Ends accepted (with one receipt), declined, abandoned or unknown. If somebody else moved it
    meanwhile, what is stored now decides: an open payment is moved on, a finished one stays.
    """
    target = payment.course.target(outcome)
    while payment.is_open and payment.state != target:
        try:
            return await _move(payment, outcome, books)
        except ConcurrentUpdate:
            payment = await read_again(payment.id, books)
    if not payment.is_open and payment.state != target and isinstance(outcome, Accepted):
        # The peer promised the opposite before: a contradiction of theirs that people must see.
        logger().error("outcome_contradicts", payment=str(payment.id), stands=payment.state.value)
    return payment


async def _move(payment: Payment, outcome: Outcome, books: Books) -> Payment:
    """Commit one move; ConcurrentUpdate if somebody was faster."""
    if isinstance(outcome, Accepted):
        try:
            return await _accept(payment, outcome, books)
        except AlreadyThere:  # a slip that was paid, undone, and is paid again: count its receipts
            pass
    async with books.open_unit_of_work() as work:
        moved = await work.payments.advance(
            payment,
            payment.course.target(outcome),
            reason=outcome.reason if isinstance(outcome, Declined | Abandoned) else None,
            paid_at=outcome.paid_at if isinstance(outcome, Accepted) else None,
        )
        if isinstance(outcome, Accepted):
            await take_receipt(work, moved, outcome, books)
        await work.commit()
    return moved


async def _accept(payment: Payment, accepted: Accepted, books: Books) -> Payment:
    """Commit an accepted payment with the first receipt of its slip, in one statement.

    Raises AlreadyThere if it is not the slip's first, or ConcurrentUpdate; nothing is written then.
    """
    receipt = _receipt(payment, accepted, books, FIRST_SHOP_NUMBER)
    async with books.open_unit_of_work() as work:
        answer = await work.commit_with(work.payments.accepting(payment, receipt))
    if answer is None or not answer["moved"]:
        raise ConcurrentUpdate(str(payment.id))
    return replace(
        payment,
        state=payment.course.accepted,
        version=payment.version + 1,
        reason=None,
        paid_at=accepted.paid_at,
        bank_session=None,
    )


async def take_receipt(
    work: UnitOfWork, payment: Payment, accepted: Accepted, books: Books
) -> None:
    """Add the receipt of a payment, in the transaction in which it is accepted."""
    shop_number = await work.receipts.next_shop_number(payment.municipality, payment.barcode)
    await work.receipts.add(_receipt(payment, accepted, books, shop_number))


def _receipt(payment: Payment, accepted: Accepted, books: Books, shop_number: int) -> Receipt:
    contract, calendar = books.contracts.of(payment.municipality), japanese_banks()
    paid_on = tokyo_date(accepted.paid_at)
    transfer_date = accepted.transfer_date or banking_transfer_date(
        paid_on, books.clock.today(), calendar, contract.transfer_business_days
    )
    return Receipt(
        id=new_id(),
        payment_id=payment.id,
        municipality=payment.municipality,
        channel=payment.channel,
        barcode=payment.barcode,
        amount_yen=payment.amount_yen,
        paid_at=accepted.paid_at,
        shop_number=shop_number,
        confirm_on=calendar.add(paid_on, contract.confirm_business_days),
        transfer_date=transfer_date,
    )


async def read_again(payment_id: UUID, books: Books) -> Payment:
    """Return a payment that is known to be stored, as it stands now."""
    async with books.open_unit_of_work() as work:
        stored = await work.payments.find(payment_id)
    assert stored is not None, "a payment was deleted"  # noqa: S101 - rows are never deleted
    return stored
