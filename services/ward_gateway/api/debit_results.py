"""/debit-result-files: a bank's 口座振替結果 is handed in, and listed. No decisions here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import Depends, Path, Request

from services.ward_gateway.api.access import Res
from services.ward_gateway.api.pages import AfterNumber, Limit, next_after
from services.ward_gateway.domain.debit_results import DebitOutcome
from services.ward_gateway.usecases import list_debit_results as listing
from services.ward_gateway.usecases.take_debit_results import take_debit_results
from shared.kit.door_app import login_of
from shared.kit.tokens import Login
from shared.wire.debit_results import (
    DebitResultFiles,
    DebitResultFileView,
    DebitResults,
    DebitResultsTaken,
    DebitResultView,
)
from shared.wire.ward_intranet import PAGE_ROWS_MAX

SignedIn = Annotated[Login, Depends(login_of)]
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


async def post_debit_result_file(request: Request, res: Res, login: SignedIn) -> DebitResultsTaken:
    """Answer TAKE_DEBIT_RESULTS."""
    taken = await take_debit_results(
        await request.body(),
        open_unit_of_work=res.open_unit_of_work,
        client_code=res.contract.debit_client_code,
        clock=res.clock,
        user_id=login.user_id,
    )
    said = asdict(taken.file)
    shown = {name: said[name] for name in DebitResultsTaken.model_fields if name in said}
    return DebitResultsTaken(**shown, repeated=taken.repeated)


async def get_debit_result_files(
    res: Res, after: AfterNumber | None = None, limit: Limit = PAGE_ROWS_MAX
) -> DebitResultFiles:
    """Return a page of files by number."""
    page = await listing.list_debit_result_files(res.open_unit_of_work, after=after, limit=limit)
    return DebitResultFiles(
        files=tuple(DebitResultFileView(**asdict(file)) for file in page),
        next_after=next_after([file.number for file in page], limit),
    )


async def get_debit_results(
    file_hash: Sha256,
    res: Res,
    outcome: DebitOutcome | None = None,
    after: AfterNumber | None = None,
    limit: Limit = PAGE_ROWS_MAX,
) -> DebitResults:
    """Return a page of a file's records by line."""
    page = await listing.list_debit_results(
        res.open_unit_of_work, file_hash, after=after, limit=limit, outcome=outcome
    )
    return DebitResults(
        results=tuple(DebitResultView(**asdict(one)) for one in page),
        next_after=next_after([one.line for one in page], limit),
    )
