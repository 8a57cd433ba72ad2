"""POST /assessment-files: the standard system hands in choutei.csv."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request

from services.ward_gateway.api.access import Res
from services.ward_gateway.usecases.take_assessments import take_assessments
from shared.files.csv_tables import FileTotals
from shared.kit.money import Yen
from shared.wire.ward_intranet import AssessmentsTaken


async def post_assessment_file(
    request: Request,
    res: Res,
    record_count: Annotated[int, Query(ge=0)],
    total_yen: Annotated[int, Query(ge=0)],
    sha256: Annotated[str, Query(pattern="^[0-9a-f]{64}$")],
) -> AssessmentsTaken:
    """Take the file whole; count, sum and hash travel in the query and must match."""
    totals = FileTotals(record_count, total_yen, sha256)
    taken = await take_assessments(res.open_unit_of_work, await request.body(), totals)
    file = taken.file
    return AssessmentsTaken(
        sha256=file.sha256,
        record_count=file.record_count,
        added=0 if taken.repeated else file.added,
        corrected=0 if taken.repeated else file.corrected,
        cancelled=0 if taken.repeated else file.cancelled,
        total_yen=Yen(file.total_yen),
        repeated=taken.repeated,
    )
