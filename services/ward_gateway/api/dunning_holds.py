"""GET /dunning-holds: which instalments must not be dunned, and why."""

from __future__ import annotations

from uuid import UUID

from services.ward_gateway.api.access import Res
from services.ward_gateway.api.pages import Limit, next_after
from services.ward_gateway.usecases.list_dunning_holds import list_dunning_holds
from shared.wire.ward_intranet import PAGE_ROWS_MAX, DunningHolds, DunningHoldView


async def get_dunning_holds(
    res: Res, after: UUID | None = None, limit: Limit = PAGE_ROWS_MAX
) -> DunningHolds:
    """Return a page of instalments by assessment id."""
    found = await list_dunning_holds(
        after=after,
        limit=limit,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
        trustee_from=res.contract.trustee_from,
    )
    return DunningHolds(
        holds=tuple(
            DunningHoldView(
                assessment_id=hold.assessment_id,
                notice_number=hold.notice_number,
                fiscal_year=hold.fiscal_year,
                instalment=hold.instalment,
                reasons=tuple(reason.value for reason in hold.reasons),
            )
            for hold in found
        ),
        next_after=next_after([hold.assessment_id for hold in found], limit),
    )
