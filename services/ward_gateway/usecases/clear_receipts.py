"""Clear receipts (消込): work out anew what pays these assessments, in the caller's transaction.

Does not commit; knows no file and no deposit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from services.ward_gateway.domain.clearings import LiveReceipt, clear
from services.ward_gateway.domain.corrections import overpayments
from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.holds import with_late_income
from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.store.unit_of_work import UnitOfWork
from shared.keys.channels import Channel

CARD = Channel.MOBILE_CREDIT


async def clear_assessments(work: UnitOfWork, assessment_ids: Collection[UUID]) -> int:
    """Recompute the clearings of some assessments from all their live receipts.

    Steps: lock the assessments; read the items of every slip that pays them and the live receipts
    on those slips; let the earliest pay (BOOKS §1.11); write the differences; open, resize or
    resolve `over_assessed` (過納) and `double_payment` (誤納) per assessment. Returns how many
    clearings changed. The result does not depend on the order in which receipts and corrections
    arrived. The caller commits.
    """
    ids = set(assessment_ids)
    if not ids:
        return 0
    claims = await work.clearings.lock_claims(ids)
    items = await work.clearings.items_about(ids)
    receipts = await work.clearings.receipts_on(list(items))
    clearing = clear(claims, items, await _with_late_income(work, receipts))
    changed = await work.clearings.replace(ids, clearing.rows)
    now = {claim.id: int(claim.amount_yen) for claim in claims}
    highest = await work.corrections.highest_yen(list(clearing.overpaid))
    over_assessed, in_error = overpayments(clearing.overpaid, now, highest)
    among = {str(assessment_id) for assessment_id in ids}
    await work.exceptions.settle(ExceptionCode.OVER_ASSESSED, over_assessed, among=among)
    await work.exceptions.settle(ExceptionCode.DOUBLE_PAYMENT, in_error, among=among)
    return changed


async def _with_late_income(
    work: UnitOfWork, receipts: Sequence[LiveReceipt]
) -> Sequence[LiveReceipt]:
    """Mark card receipts whose money came late, where another receipt may have been earlier.

    What the agent told is looked up only for these few: it means reading all its reports.
    """
    funded = [r.id for r in receipts if r.state is ReceiptState.FUNDED and r.channel == CARD]
    if len(receipts) == 1 or not funded:
        return receipts
    told = await work.receipts.live(funded)
    late = with_late_income(told, await work.receipts.income_of(funded))
    by_id = {receipt.id: receipt for receipt in late}
    return [by_id.get(receipt.id, receipt) for receipt in receipts]
