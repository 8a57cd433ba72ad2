"""収入日 of receipts: the last 勘定日 of the bank lines that make one whole. Writes nothing."""

from __future__ import annotations

from sqlalchemy import CTE, func, select

from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.store.tables import DEPOSITS, FUNDINGS, RECEIPTS


def income_days() -> CTE:
    """Return receipt_id and income_on of every funded receipt."""
    return (
        select(FUNDINGS.c.receipt_id, func.max(DEPOSITS.c.value_date).label("income_on"))
        .join_from(FUNDINGS, DEPOSITS, FUNDINGS.c.deposit_id == DEPOSITS.c.id)
        .join(RECEIPTS, RECEIPTS.c.id == FUNDINGS.c.receipt_id)
        .where(RECEIPTS.c.state == ReceiptState.FUNDED.value)
        .group_by(FUNDINGS.c.receipt_id)
        .cte("income_days")
    )
