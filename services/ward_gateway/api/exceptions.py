"""GET /exceptions: what a clerk must look at. No decisions here."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.ward_gateway.api.access import Res
from services.ward_gateway.domain.exceptions import ExceptionState
from services.ward_gateway.usecases.list_exceptions import list_exceptions
from shared.wire.ward_intranet import PAGE_ROWS_MAX, ExceptionsPage, ExceptionView

Limit = Annotated[int, Query(ge=1, le=PAGE_ROWS_MAX)]


async def get_exceptions(
    res: Res,
    after: UUID | None = None,
    limit: Limit = PAGE_ROWS_MAX,
    state: ExceptionState | None = None,
) -> ExceptionsPage:
    """Return a page of exceptions by id; next_after is None at the end."""
    found = await list_exceptions(
        after=after, limit=limit + 1, state=state, open_unit_of_work=res.open_unit_of_work
    )
    page = found[:limit]
    return ExceptionsPage(
        exceptions=tuple(
            ExceptionView(
                exception_id=one.id,
                code=one.code,
                state=one.state.value,
                subject=one.subject,
                subject_id=one.subject_id,
                amount_yen=one.amount_yen,
                detail=one.detail,
                opened_at=one.opened_at,
            )
            for one in page
        ),
        next_after=page[-1].id if len(found) > limit else None,
    )
