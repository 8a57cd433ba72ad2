"""GET /corrections: what was corrected, before and after. No decisions here."""

from __future__ import annotations

from dataclasses import asdict

from services.ward_gateway.api.access import Res
from services.ward_gateway.api.pages import AfterNumber, Limit, next_after
from services.ward_gateway.store.corrections import ListedCorrection
from services.ward_gateway.usecases.list_corrections import list_corrections
from shared.wire.corrections import CorrectionsPage, CorrectionView, StatedClaimView
from shared.wire.ward_intranet import PAGE_ROWS_MAX


async def get_corrections(
    res: Res, after: AfterNumber | None = None, limit: Limit = PAGE_ROWS_MAX
) -> CorrectionsPage:
    """Return a page of corrections by id."""
    page = await list_corrections(res.open_unit_of_work, after=after, limit=limit)
    return CorrectionsPage(
        corrections=tuple(_view(one) for one in page),
        next_after=next_after([one.id for one in page], limit),
    )


def _view(one: ListedCorrection) -> CorrectionView:
    return CorrectionView(
        correction_id=one.id,
        assessment_id=one.assessment_id,
        notice_number=one.notice_number,
        fiscal_year=one.fiscal_year,
        instalment=one.instalment,
        number=one.number,
        proc=one.proc,
        reason_code=one.reason_code,
        file_sha256=one.file_sha256,
        line=one.source_line,
        taken_at=one.taken_at,
        before=StatedClaimView(**asdict(one.before)),
        after=StatedClaimView(**asdict(one.after)),
    )
