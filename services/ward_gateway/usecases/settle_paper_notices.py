"""Let each payment at a bank's counter be one receipt, whether paper, wire or both tell of it.

In the caller's transaction; knows no file and does not commit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from services.ward_gateway.domain.paper_notices import (
    RECEIVED_ON_PAPER,
    NoticeHeld,
    Settlement,
    pair,
    settle,
)
from services.ward_gateway.domain.receipts import NewReceipt, ReceiptState
from services.ward_gateway.store.unit_of_work import UnitOfWork
from shared.kit.ids import new_id


async def settle_paper_notices(work: UnitOfWork, keys: Collection[str]) -> set[UUID]:
    """Bring what paper says of some payment numbers in line with their electronic receipts.

    Steps: pair notices and receipts anew; a receipt that came on paper gives way to its electronic
    one (its money goes back to its bank line), and stands again where that one was taken back; a
    notice without one becomes a receipt of `bank_counter`; pairs end and begin. The caller holds
    the lock of reconciliations, clears the receipts that are returned, and commits.
    """
    notices = await work.paper_notices.of_keys(keys) if keys else []
    if not notices:
        return set()
    receipts = await work.paper_notices.counter_receipts(keys)
    plan = settle(notices, pair(notices, receipts))
    now = work.clock.now()
    await work.paper_notices.part(plan.parted, now)
    await work.paper_notices.join(plan.joined, now)
    await _give_way(work, plan)
    await work.paper_notices.stand_again(plan.stand_again)
    own = await _stand_first(work, plan.stand_first)
    changed = {*plan.give_way, *plan.stand_again, *own.values()}
    if changed:
        await _settle_unmatched(work, notices, own, changed)
    return changed


async def _give_way(work: UnitOfWork, plan: Settlement) -> None:
    """Let receipts count no more; money that has come for them, whole or in part, goes back."""
    if plan.give_way:
        await work.fundings.replace(plan.give_way, (), ())
        await work.fundings.withdraw(plan.funded)
        await work.paper_notices.give_way(plan.give_way)


async def _stand_first(work: UnitOfWork, alone: Iterable[NoticeHeld]) -> dict[UUID, UUID]:
    """Make receipts of notices; return notice id -> receipt id."""
    new = {
        held.id: NewReceipt(
            new_id(),
            ReceiptState.CONFIRMED,
            held.notice.as_receipt(held.reading),
            had_preliminary=False,
        )
        for held in alone
    }
    slip_ids = await work.slips.of_keys([one.incoming.key for one in new.values()])
    await work.receipts.add(
        list(new.values()),
        slip_ids,
        None,
        work.clock.now(),
        confirmed_event=RECEIVED_ON_PAPER,
    )
    own = {notice_id: one.id for notice_id, one in new.items()}
    await work.paper_notices.stand(own)
    return own


async def _settle_unmatched(
    work: UnitOfWork,
    notices: Iterable[NoticeHeld],
    own: dict[UUID, UUID],
    changed: Collection[UUID],
) -> None:
    """Let `receipt_unmatched` stand for the live receipts on paper whose slip we never issued."""
    receipt_ids = {held.id: held.own_receipt_id or own.get(held.id) for held in notices}
    amounts = {receipt_ids[held.id]: held.notice.amount_yen for held in notices}
    live = await work.receipts.live(list(changed))
    findings = [
        Finding(
            ExceptionCode.RECEIPT_UNMATCHED,
            "receipt",
            str(receipt.id),
            amounts[receipt.id],
            "No slip of this ward has the key of this receipt.",
        )
        for receipt in live
        if receipt.slip_id is None
    ]
    among = {str(receipt_id) for receipt_id in changed}
    await work.exceptions.settle(ExceptionCode.RECEIPT_UNMATCHED, findings, among=among)
