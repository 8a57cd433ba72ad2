"""Clear receipts (消込): work out anew what pays these assessments, in the caller's transaction.

Does not commit; knows no file and no deposit.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from services.ward_gateway.domain.clearings import clear
from services.ward_gateway.domain.exceptions import ExceptionCode, double_payments
from services.ward_gateway.store.unit_of_work import UnitOfWork


async def clear_assessments(work: UnitOfWork, assessment_ids: Collection[UUID]) -> int:
    """Recompute the clearings of some assessments from all their live receipts.

    Steps: lock the assessments; read the items of every slip that pays them and the live receipts
    on those slips; let the earliest pay (BOOKS §1.11); write the differences; open, resize or
    resolve `double_payment` per assessment. Returns how many clearings changed. The result does
    not depend on the order in which receipts arrived. The caller commits.
    """
    ids = set(assessment_ids)
    if not ids:
        return 0
    claims = await work.clearings.lock_claims(ids)
    items = await work.clearings.items_about(ids)
    receipts = await work.clearings.receipts_on(list(items))
    clearing = clear(claims, items, receipts)
    changed = await work.clearings.replace(ids, clearing.rows)
    await work.exceptions.settle(
        ExceptionCode.DOUBLE_PAYMENT,
        double_payments(clearing.overpaid),
        among={str(assessment_id) for assessment_id in ids},
    )
    return changed
