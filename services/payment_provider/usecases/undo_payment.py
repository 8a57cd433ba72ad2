"""Undo an accepted payment for a fault of ours or our peer: record, ask, record (DESIGN rule 1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from services.payment_provider.clients.card_agent import CardAgentClient
from services.payment_provider.clients.payers_bank import PayersBankClient, UndoDebit
from services.payment_provider.domain.payments import Payment
from services.payment_provider.domain.receipts import ReceiptState
from services.payment_provider.domain.refusals import (
    PaymentNotAccepted,
    PaymentNotFound,
    ReceiptConfirmed,
    UndoNotOffered,
)
from services.payment_provider.domain.undos import (
    UNDONE_STATES,
    Fault,
    NotTakenBack,
    TakenBack,
    Undo,
    UndoState,
)
from services.payment_provider.store.unit_of_work import UnitOfWork
from services.payment_provider.usecases.books import Books
from shared.keys.channels import Channel
from shared.kit.clock import tokyo_date
from shared.kit.ids import new_id
from shared.kit.logs import logger
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.card_undoing import UndoAuthorisation

AskUndo = Callable[[Undo], Awaitable[TakenBack]]
Undoers = Mapping[Channel, AskUndo]


def undoers(card_agent: CardAgentClient, payers_bank: PayersBankClient | None) -> Undoers:
    """Return who is asked to take a payment of each channel back.

    Without a connection to any bank an app-banking payment is refused with undo_not_offered.
    """
    asks = {Channel.MOBILE_CREDIT: card_undoing(card_agent)}
    if payers_bank is not None:
        asks[Channel.MOBILE_BANKING] = bank_undoing(payers_bank)
    return asks


def card_undoing(card_agent: CardAgentClient) -> AskUndo:
    """Return the question that makes the card agent take a commission back."""

    async def ask(undo: Undo) -> TakenBack:
        question = UndoAuthorisation.model_validate(
            {
                "municipality": undo.municipality,
                "amount_yen": undo.amount_yen,
                "fault": undo.fault.value,
            }
        )
        return TakenBack((await card_agent.undo(undo.peer_id, question)).undone_at)

    return ask


def bank_undoing(payers_bank: PayersBankClient) -> AskUndo:
    """Return the question that makes a payer's bank give a debit back."""

    async def ask(undo: Undo) -> TakenBack:
        question = UndoDebit(municipality=undo.municipality, amount_yen=undo.amount_yen)
        return TakenBack((await payers_bank.undo(undo.peer_id, question)).undone_at)

    return ask


async def undo_payment(payment_id: UUID, fault: Fault, books: Books, asks: Undoers) -> Undo:
    """Undo a payment and return the undo as it stands; harmless to repeat (the first fault stays).

    1. Commit the undo in ASKING, with its receipt held: no 確報 and no transfer order from now on.
    2. Ask the peer, with no transaction open. 3. Commit the end: UNDONE, its slip free and a 03
    to follow; or REFUSED, and nothing was changed. Silence leaves it ASKING, for settle_undos.

    Refuses PaymentNotFound, PaymentNotAccepted, ReceiptConfirmed, UndoNotOffered.
    """
    async with books.open_unit_of_work() as work:
        payment = await work.payments.find(payment_id)
        if payment is None:
            raise PaymentNotFound
        undo = await work.undos.of_peer_id(payment.peer_id)
        if undo is None:
            undo = await _open(work, payment, fault, books, asks)
            await work.commit()
    return await ask_to_undo(undo, books, asks)


async def _open(
    work: UnitOfWork, payment: Payment, fault: Fault, books: Books, asks: Undoers
) -> Undo:
    """Add the undo of an accepted payment; its receipt is locked first, so no file confirms it."""
    receipt = await work.receipts.of_payment(payment.id)
    if payment.state != payment.course.accepted or receipt is None:
        raise PaymentNotAccepted
    if receipt.state is ReceiptState.CONFIRMED:
        raise ReceiptConfirmed
    if payment.channel not in asks:
        raise UndoNotOffered
    undo = Undo(
        id=new_id(),
        payment_id=payment.id,
        peer_id=payment.peer_id,
        municipality=payment.municipality,
        channel=payment.channel,
        amount_yen=payment.amount_yen,
        fault=fault,
        requested_at=books.clock.now(),
    )
    if await work.undos.add(undo):
        await work.receipts.hold_for_undo(receipt, undo.id)
        return undo
    stored = await work.undos.of_peer_id(payment.peer_id)  # somebody was faster
    assert stored is not None  # noqa: S101 - it is why ours could not be added
    return stored


async def ask_to_undo(undo: Undo, books: Books, asks: Undoers) -> Undo:
    """Ask about an undo that is ASKING and record its end; one that has ended is returned."""
    if undo.state is not UndoState.ASKING:
        return undo
    ask = asks.get(undo.channel)
    if ask is None:  # its bank was connected when it was opened, and is not now
        return undo
    try:
        outcome: TakenBack | NotTakenBack = await ask(undo)
    except (PeerNotDone, PeerOutcomeUnknown):
        return undo
    except PeerRefused as refusal:
        logger().error("undo_refused", undo=str(undo.id), code=refusal.code)
        outcome = NotTakenBack(refusal.code)
    return await _conclude(undo, outcome, books)


async def _conclude(undo: Undo, outcome: TakenBack | NotTakenBack, books: Books) -> Undo:
    """Record how an undo ended, with what follows from it, in one transaction.

    The receipt is locked before the undo, as where an undo is opened: else the two would deadlock.
    """
    async with books.open_unit_of_work() as work:
        if undo.payment_id is not None:
            await work.receipts.of_payment(undo.payment_id)
        stored = await work.undos.of_peer_id(undo.peer_id, lock=True)
        assert stored is not None  # noqa: S101 - rows stay
        if stored.state is not UndoState.ASKING:
            return stored  # somebody recorded the same answer
        if isinstance(outcome, NotTakenBack):
            ended = await work.undos.advance(stored, UndoState.REFUSED, refusal=outcome.code)
            await work.receipts.release(stored.id)
        else:
            ended = await work.undos.advance(stored, UndoState.UNDONE, undone_at=outcome.at)
            payment = await work.payments.of_peer_id(stored.peer_id)
            if payment is not None and payment.state == payment.course.accepted:
                await take_back(work, payment, outcome, reason=stored.fault.value)
        await work.commit()
    return ended


async def take_back(work: UnitOfWork, payment: Payment, taken: TakenBack, *, reason: str) -> None:
    """Move an accepted payment to undone: its slip is free, its 03 follows, its day is told anew.

    Raises ReceiptConfirmed if a 確報 went out (never while an undo asks), or ConcurrentUpdate.
    """
    receipt = await work.receipts.of_payment(payment.id)
    assert receipt is not None  # noqa: S101 - an accepted payment has one
    if receipt.state is ReceiptState.CONFIRMED:
        raise ReceiptConfirmed
    target = UNDONE_STATES[payment.channel]
    await work.payments.advance(payment, target, reason=reason, paid_at=payment.paid_at)
    await work.receipts.take_back(receipt, taken.at)
    if payment.channel is Channel.MOBILE_CREDIT:
        await work.payment_lists.tell_anew(tokyo_date(receipt.paid_at))
