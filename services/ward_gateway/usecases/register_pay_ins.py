"""Write 計算書 down, each pay-in once, in the caller's transaction; whatever contradicts one that
stands is a clerk's matter.

Knows no file; what the statements are held against, reconciliation knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.pay_in_statements import PayIn
from services.ward_gateway.store.unit_of_work import UnitOfWork


async def register_pay_ins(
    work: UnitOfWork, pay_ins: Sequence[PayIn], intake_id: UUID | None
) -> int:
    """Add the statements of these pay-ins; return how many were new.

    A pay-in that has one keeps it. The same again is nothing; another count or other yen are the
    exception `pay_in_statement_reused`, and nothing is added up twice. intake_id: the file that
    brought them, None for one that the treasury handed in.
    """
    added = 0
    for pay_in in pay_ins:
        if await work.pay_in_statements.add(pay_in, intake_id, work.clock.now()):
            added += 1
        elif await work.pay_in_statements.figures(pay_in.key) != (
            pay_in.receipt_count,
            pay_in.total_yen,
        ):
            await work.exceptions.open(
                ExceptionCode.PAY_IN_STATEMENT_REUSED,
                "pay_in",
                "/".join(str(value) for value in pay_in.key),
                pay_in.total_yen,
                "A second statement (計算書) of one pay-in says something else than the first.",
            )
    return added
