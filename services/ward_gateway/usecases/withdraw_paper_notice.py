"""A notice that is none is withdrawn by a second person: its payment counts no more."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.paper_notices import (
    PaperNotice,
    Withdrawal,
    WithdrawalReason,
    stamp,
)
from services.ward_gateway.domain.refusals import PaperNoticeNotFound, WithdrawnBySamePerson
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.clear_receipts import clear_assessments
from services.ward_gateway.usecases.settle_paper_notices import settle_paper_notices


async def withdraw_paper_notice(
    notice: PaperNotice,
    reason: WithdrawalReason,
    *,
    open_unit_of_work: Callable[[], UnitOfWork],
    user_id: str,
) -> Withdrawal:
    """Let the notice that says exactly this count no more, in one transaction.

    Steps: take turns with reconciliations; the notice's receipt gives its money back and is
    CANCELLED, its pair ends; the other notices of its payment number are settled anew; clear what
    changed; its stamp is free, so `paper_notice_reused` ends. Once more gets the stored answer.
    PaperNoticeNotFound; WithdrawnBySamePerson: who handed it in cannot.
    """
    async with open_unit_of_work() as work:
        await work.fundings.lock()
        found = await work.paper_notices.find(notice)
        if found is None:
            stored = await work.paper_notices.withdrawal(notice)
            if stored is None:
                raise PaperNoticeNotFound
            return stored
        held, handed_in_by = found
        if handed_in_by == user_id:
            raise WithdrawnBySamePerson
        own = held.own_receipt_id
        withdrawal = Withdrawal(user_id, work.clock.now(), reason, own)
        await _give_money_back(work, own)
        await work.paper_notices.withdraw(held.id, withdrawal)
        changed = await settle_paper_notices(work, {notice.payment_number})
        touched = changed | ({own} if own else set())
        await clear_assessments(work, await work.receipts.assessments_of(touched))
        await _close_exceptions(work, notice, own)
        await work.commit()
    return withdrawal


async def _give_money_back(work: UnitOfWork, receipt_id: UUID | None) -> None:
    """Release what funds a receipt; a funded one is confirmed again."""
    if receipt_id is not None:
        await work.fundings.replace([receipt_id], (), ())
        await work.fundings.withdraw([receipt_id])


async def _close_exceptions(work: UnitOfWork, notice: PaperNotice, own: UUID | None) -> None:
    reused = ExceptionCode.PAPER_NOTICE_REUSED
    await work.exceptions.settle(reused, [], among=[stamp(notice.identity)])
    if own is not None:
        await work.exceptions.settle(ExceptionCode.RECEIPT_UNMATCHED, [], among=[str(own)])
