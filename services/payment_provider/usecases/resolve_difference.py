"""List differences with the card agent, and resolve one by a command that names its document."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.payment_provider.clients.card_agent import CardAgentClient
from services.payment_provider.domain.card_payments import CardPaymentState
from services.payment_provider.domain.comparisons import (
    WAYS,
    DifferenceState,
    KeptDifference,
    Way,
)
from services.payment_provider.domain.payments import Accepted, Outcome, Payment, Silent
from services.payment_provider.domain.refusals import (
    CardAgentSilent,
    DifferenceNotFound,
    DifferenceResolved,
    UndoAfterClose,
    WayNotPossible,
)
from services.payment_provider.domain.undos import Fault, TakenBack, Undo, UndoState
from services.payment_provider.store.unit_of_work import UnitOfWork
from services.payment_provider.usecases.books import Books
from services.payment_provider.usecases.conclude_payment import take_receipt
from services.payment_provider.usecases.settle_card_payments import card_settlement
from services.payment_provider.usecases.undo_payment import Undoers, ask_to_undo, take_back
from shared.keys.channels import Channel
from shared.kit.clock import tokyo_date
from shared.kit.ids import new_id
from shared.kit.money import ZERO_YEN
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused

PAGE = 500
NOT_CHARGED = (CardPaymentState.ABANDONED, CardPaymentState.DECLINED)
COMMISSION_MISSING = "commission_missing"


@dataclass(frozen=True)
class Resolving:
    """What resolving needs."""

    books: Books
    card_agent: CardAgentClient
    undoers: Undoers


async def list_differences(
    state: DifferenceState | None, after: UUID | None, books: Books, *, page: int = PAGE
) -> tuple[list[KeptDifference], UUID | None]:
    """Return a page of differences by id, and behind which the next begins."""
    async with books.open_unit_of_work() as work:
        found = await work.comparisons.listed(state, after, page + 1)
    return found[:page], found[page - 1].id if len(found) > page else None


async def resolve_difference(
    difference_id: UUID, way: Way, document_number: str, resolving: Resolving
) -> KeptDifference:
    """Return the resolved difference, committed. The same resolution again gets it again.

    1. The decision is written down. 2. The card agent is asked, with no transaction open: to undo
    (record, call, record), or what became of the id. 3. What follows and the difference's end are
    one transaction. Ends as DifferenceNotFound, DifferenceResolved (otherwise), WayNotPossible,
    UndoAfterClose, SlipAlreadyPaid (book), ReceiptConfirmed (cancel), CardAgentSilent (repeat it);
    then the difference stays open.
    """
    books = resolving.books
    async with books.open_unit_of_work() as work:
        kept = await _locked(work, difference_id)
        if kept.state is DifferenceState.RESOLVED:
            return _again(kept, way, document_number)
        if way not in WAYS[kept.found.kind]:
            raise WayNotPossible
        await work.comparisons.note_asked(kept, way, document_number)
        payment = await work.payments.of_peer_id(kept.found.authorisation_id)
        undo = await work.undos.of_peer_id(kept.found.authorisation_id)
        await work.commit()
    outcome = await _ask(kept, way, payment, undo, resolving)
    async with books.open_unit_of_work() as work:
        kept = await _locked(work, difference_id)
        if kept.state is DifferenceState.RESOLVED:
            return _again(kept, way, document_number)
        if outcome is not None:
            await _follow(work, way, kept, outcome, books)
        resolved = await work.comparisons.resolve(kept, way, document_number)
        await work.commit()
    return resolved


async def _locked(work: UnitOfWork, difference_id: UUID) -> KeptDifference:
    kept = await work.comparisons.find(difference_id, lock=True)
    if kept is None:
        raise DifferenceNotFound
    return kept


def _again(kept: KeptDifference, way: Way, document_number: str) -> KeptDifference:
    if not kept.was_resolved_by(way, document_number):
        raise DifferenceResolved
    return kept


async def _ask(
    kept: KeptDifference, way: Way, payment: Payment | None, undo: Undo | None, r: Resolving
) -> Outcome | None:
    """Ask the agent what a way needs to know or have done; return what it says of a payment."""
    if way is Way.EXPLAINED:
        return None
    if way is Way.UNDO:
        await _undo(kept, payment, undo, r)
        return None
    if payment is None:
        raise WayNotPossible
    if way is Way.BOOK:
        _demand_bookable(payment, undo)
    outcome = await _what_became_of(payment, r.card_agent)
    if isinstance(outcome, Accepted) is not (way is Way.BOOK):
        raise WayNotPossible
    return outcome


def _demand_bookable(payment: Payment, undo: Undo | None) -> None:
    """Raise WayNotPossible unless undoing was tried and came too late: the payer was told that
    nothing was charged, so the charge is taken back wherever it still can be.
    """
    too_late = undo is not None and undo.refusal == UndoAfterClose.code
    if payment.state not in NOT_CHARGED or not too_late:
        raise WayNotPossible


async def _what_became_of(payment: Payment, card_agent: CardAgentClient) -> Outcome:
    """Make the agent answer for the id, or close it for ever."""
    try:
        outcome = await card_settlement(card_agent)(payment)
    except (PeerNotDone, PeerOutcomeUnknown) as silence:
        raise CardAgentSilent from silence
    except PeerRefused as refusal:
        raise WayNotPossible from refusal
    if isinstance(outcome, Silent):
        raise CardAgentSilent
    return outcome


async def _undo(
    kept: KeptDifference, payment: Payment | None, undo: Undo | None, r: Resolving
) -> None:
    """Undo a commission without a payment: its answer was lost, whoever lost it."""
    if payment is not None and payment.state not in NOT_CHARGED:
        raise WayNotPossible
    if undo is None:
        undo = await _open_undo(kept, payment, r.books)
    undo = await ask_to_undo(undo, r.books, r.undoers)
    if undo.state is UndoState.ASKING:
        raise CardAgentSilent
    if undo.state is UndoState.REFUSED:
        raise UndoAfterClose if undo.refusal == UndoAfterClose.code else WayNotPossible


async def _open_undo(kept: KeptDifference, payment: Payment | None, books: Books) -> Undo:
    undo = Undo(
        id=new_id(),
        payment_id=payment.id if payment else None,
        peer_id=kept.found.authorisation_id,
        municipality=kept.found.municipality,
        channel=Channel.MOBILE_CREDIT,
        amount_yen=kept.found.their_yen or ZERO_YEN,
        fault=Fault.ANSWER_LOST,
        requested_at=books.clock.now(),
    )
    async with books.open_unit_of_work() as work:
        if not await work.undos.add(undo):
            stored = await work.undos.of_peer_id(undo.peer_id)
            assert stored is not None  # noqa: S101 - it is why ours could not be added
            return stored
        await work.commit()
    return undo


async def _follow(
    work: UnitOfWork, way: Way, kept: KeptDifference, outcome: Outcome, books: Books
) -> None:
    """Book a commission as a payment, or take a receipt back that has none.

    The payment is read again: it may have moved while the agent was asked.
    """
    payment = await _existing(work, kept)
    if way is Way.BOOK and isinstance(outcome, Accepted):
        if payment.state not in NOT_CHARGED:
            raise WayNotPossible
        booked = await work.payments.take_over(payment, outcome.paid_at)
        await take_receipt(work, booked, outcome, books)
        await work.payment_lists.tell_anew(tokyo_date(outcome.paid_at))
    if way is Way.CANCEL:
        await work.receipts.of_payment(payment.id)  # locked: an undo of it ends before or after
        payment = await _existing(work, kept)
        if payment.state is CardPaymentState.AUTHORISED:
            taken = TakenBack(books.clock.now())
            await take_back(work, payment, taken, reason=COMMISSION_MISSING)


async def _existing(work: UnitOfWork, kept: KeptDifference) -> Payment:
    payment = await work.payments.of_peer_id(kept.found.authorisation_id)
    assert payment is not None  # noqa: S101 - the agent was asked about it, and rows stay
    return payment
