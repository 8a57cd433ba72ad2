"""Which instalments must not be dunned, and why; changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from uuid import UUID

from services.ward_gateway.domain.dunning_holds import DunningHold, DunningHoldReason
from services.ward_gateway.domain.holds import designated_date, regime_in_default, regime_of
from services.ward_gateway.domain.payment_dates import payment_dates
from services.ward_gateway.store.dunning_holds import ClearedLate
from services.ward_gateway.store.unit_of_work import UnitOfWork
from shared.keys.regimes import Regime
from shared.kit.clock import Clock


async def list_dunning_holds(
    *,
    after: UUID | None,
    limit: int,
    open_unit_of_work: Callable[[], UnitOfWork],
    clock: Clock,
    trustee_from: date | None,
) -> list[DunningHold]:
    """Return up to `limit` instalments by id, each with all its reasons, as of today.

    A receipt that a supervisor returned to its payer, or that the old law returns, stops nothing.
    """
    today = clock.today()
    reasons: dict[UUID, set[DunningHoldReason]] = defaultdict(set)
    async with open_unit_of_work() as work:
        unfunded = await work.holds.unfunded_card_receipts()
        in_default = [
            receipt.id
            for receipt in unfunded
            if not receipt.hold
            and regime_in_default(receipt, trustee_from, today) is Regime.TRUSTEE2022
        ]
        for assessment_id in await work.dunning_holds.cleared_by(in_default):
            reasons[assessment_id].add(DunningHoldReason.TRUSTEE_IN_DEFAULT)
        for assessment_id in await work.dunning_holds.commissioned_without_receipt():
            reasons[assessment_id].add(DunningHoldReason.COMMISSION_REPORTED)
        late = await work.dunning_holds.cleared_over_the_closing(today)
        for assessment_id in _carried_over_deemed(late, trustee_from, today):
            reasons[assessment_id].add(DunningHoldReason.CARRIED_OVER_DEEMED)
        ids = sorted(i for i in reasons if after is None or i > after)[:limit]
        claims = {claim.id: claim for claim in await work.dunning_holds.claims(ids)}
    return [
        DunningHold(
            assessment_id=i,
            notice_number=claims[i].notice_number,
            fiscal_year=claims[i].fiscal_year,
            instalment=claims[i].instalment,
            reasons=tuple(sorted(reasons[i])),
        )
        for i in ids
    ]


def _carried_over_deemed(
    late: Iterable[ClearedLate], trustee_from: date | None, today: date
) -> Iterable[UUID]:
    for cleared in late:
        receipt = cleared.receipt
        dates = payment_dates(
            receipt.paid_on,
            receipt.channel,
            regime=regime_of(receipt, trustee_from),
            designated_date=designated_date(receipt),
            income_on=cleared.income_on,
            claim_year=cleared.fiscal_year,
            as_of=today,
        )
        if dates.carried_over_deemed:
            yield cleared.assessment_id
