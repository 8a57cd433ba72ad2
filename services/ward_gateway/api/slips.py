"""POST /slip-runs, GET /slips, POST /slips/{slip_id}/retries: issued, found again, asked again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.ward_gateway.api.access import Res
from services.ward_gateway.api.pages import Limit, next_after
from services.ward_gateway.usecases.issue_slips import issue_slips
from services.ward_gateway.usecases.retry_slip import retry_slip
from shared.kit.standard_arrows import NO_NUL
from shared.wire.mailing_gate import SlipRetried
from shared.wire.ward_intranet import PAGE_ROWS_MAX, IssueSlips, SlipsIssued, SlipsPage, SlipView


async def post_slip_run(body: IssueSlips, res: Res) -> SlipsIssued:
    """Issue every slip that a year's claims need, and on request one over each whole notice."""
    done = await issue_slips(
        res.open_unit_of_work,
        res.contract,
        res.confirm,
        body.fiscal_year,
        lump_sum=body.lump_sum,
        notice_number=body.notice_number,
    )
    return SlipsIssued(
        issued=done.issued,
        reissued=done.reissued,
        left_out=done.left_out,
        existing=done.existing,
    )


async def get_slips(
    res: Res,
    after: UUID | None = None,
    limit: Limit = PAGE_ROWS_MAX,
    unpaid: bool = False,  # noqa: FBT001, FBT002 - a query parameter, named by its caller
    key: Annotated[str | None, Query(max_length=80, pattern=NO_NUL)] = None,
) -> SlipsPage:
    """Return a page of slips; key: a slip id, a barcode or a payment number."""
    async with res.open_unit_of_work() as work:
        slips = await work.slips.page(after=after, limit=limit, unpaid=unpaid, key=key)
    return SlipsPage(
        slips=tuple(SlipView(**asdict(slip)) for slip in slips),
        next_after=next_after([slip.slip_id for slip in slips], limit),
    )


async def post_slip_retry(slip_id: UUID, res: Res) -> SlipRetried:
    """Ask the centre again for what it refused of this slip."""
    kind = await retry_slip(res.open_unit_of_work, slip_id, changes=res.billing_changes)
    return SlipRetried(slip_id=slip_id, asked=kind.name.lower())  # type: ignore[arg-type]
