"""A supervisor returns an instalment to its payer: the claim against the trustee is at its end.

Knows no enforcement and no letter: the decision's document says what was done (BOOKS §1.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.holds import designated_date, regime_in_default
from services.ward_gateway.domain.refusals import (
    CommissionNotFound,
    DecisionDateImpossible,
    TrusteeDecisionExists,
    TrusteeNotInDefault,
)
from services.ward_gateway.store.trustees import TrusteeDecision
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.apply_holds import apply_holds
from services.ward_gateway.usecases.clear_receipts import clear_assessments
from shared.keys.regimes import Regime
from shared.kit.clock import Clock
from shared.kit.money import Yen


@dataclass(frozen=True)
class Decided:
    """The decision as it stands, and the receipt that is on hold by it."""

    decision: TrusteeDecision
    receipt_id: UUID
    amount_yen: Yen


async def decide_trustee(
    decision: TrusteeDecision,
    *,
    open_unit_of_work: Callable[[], UnitOfWork],
    clock: Clock,
    trustee_from: date | None,
) -> Decided:
    """Write the decision down and put its receipt on hold, in one transaction.

    Steps: take turns with reconciliations; a repeat gets the stored answer; check that the trustee
    is in default; insert; hold and clear again; close the exception. Ends as CommissionNotFound,
    TrusteeNotInDefault (its money came, its date has not passed, it has no receipt, or the old law
    rules), DecisionDateImpossible, or TrusteeDecisionExists (another one stands).
    """
    number, today = decision.commission_number, clock.today()
    async with open_unit_of_work() as work:
        await work.fundings.lock()
        if not await work.trustees.is_reported(number):
            raise CommissionNotFound
        receipt = await work.trustees.receipt_of(number)
        stored = await work.trustees.find(number)
        if stored is not None and (stored != decision or receipt is None):
            raise TrusteeDecisionExists
        if receipt is None:
            raise TrusteeNotInDefault
        if stored is None:
            if regime_in_default(receipt, trustee_from, today) is not Regime.TRUSTEE2022:
                raise TrusteeNotInDefault
            due = designated_date(receipt)
            if due is None or not due < decision.decided_on <= today:
                raise DecisionDateImpossible
            await work.trustees.add(decision, clock.now())
            held = await apply_holds(work, trustee_from, today)
            await clear_assessments(work, held.claims)
            await work.exceptions.settle(ExceptionCode.TRUSTEE_IN_DEFAULT, [], among={number})
            await work.commit()
    return Decided(decision, receipt.id, receipt.amount_yen)
