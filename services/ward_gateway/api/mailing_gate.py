"""GET /mailing-gate: which slips may be posted on a day. No decisions here."""

from __future__ import annotations

from datetime import date
from typing import Annotated, cast
from uuid import UUID

from fastapi import Query

from services.ward_gateway.api.access import Res
from services.ward_gateway.api.pages import Limit
from services.ward_gateway.usecases.read_mailing_gate import (
    Gated,
    GateQuestion,
    read_mailing_gate,
)
from shared.wire.mailing_gate import GateSlip, HeldBackReason, MailingGate
from shared.wire.ward_intranet import PAGE_ROWS_MAX


async def get_mailing_gate(
    res: Res,
    *,
    posting_date: date,
    fiscal_year: Annotated[int | None, Query(ge=2020, le=2099)] = None,
    held_back: bool | None = None,
    after: UUID | None = None,
    limit: Limit = PAGE_ROWS_MAX,
) -> MailingGate:
    """Return counts by reason and a page of slips."""
    question = GateQuestion(posting_date, fiscal_year, held_back, after, limit)
    gate = await read_mailing_gate(res.open_unit_of_work, question)
    return MailingGate(
        posting_date=posting_date,
        may_be_posted=gate.may_be_posted,
        held_back=cast("dict[HeldBackReason, int] | None", gate.held_back),
        slips=tuple(_view(gated) for gated in gate.slips),
        next_after=gate.next_after,
    )


def _view(gated: Gated) -> GateSlip:
    return GateSlip(
        slip_id=gated.slip.slip_id,
        payment_number=gated.slip.payment_number,
        may_be_posted=gated.reason is None,
        reason=None if gated.reason is None else gated.reason.value,
        effective_on=gated.slip.effective_on,
    )
