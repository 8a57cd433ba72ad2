"""Uploads of billing data at the LGWAN door: parse, call, show."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Request

from services.lgwan_asp.api.access import ContractDep, Res
from services.lgwan_asp.domain.billing_files import BillingFile
from services.lgwan_asp.domain.billing_files import BillingFileState as State
from services.lgwan_asp.usecases.read_billing_file import read_billing_file
from services.lgwan_asp.usecases.upload_billing import upload_billing
from shared.wire.billing_uploads import BillingFileState

_WORDS: dict[State, Literal["accepted", "waiting", "applied"]] = {
    State.WAITING: "waiting",
    State.ACCEPTED: "accepted",
    State.APPLIED: "applied",
}
SequencePath = Annotated[int, Path(ge=0, le=999_999)]


async def post_billing_file(request: Request, contract: ContractDep, res: Res) -> BillingFileState:
    """Take an upload."""
    file = await upload_billing(
        await request.body(),
        contract=contract,
        open_unit_of_work=res.open_unit_of_work,
        clock=res.clock,
        slots=res.upload_slots,
    )
    return _shown(file)


async def get_billing_file(
    institution_number: str, file_sequence: SequencePath, contract: ContractDep, res: Res
) -> BillingFileState:
    """Say what became of an upload."""
    file = await read_billing_file(
        institution_number,
        file_sequence,
        contract=contract,
        open_unit_of_work=res.open_unit_of_work,
    )
    return _shown(file)


def _shown(file: BillingFile) -> BillingFileState:
    return BillingFileState(
        institution_number=file.institution_number,
        file_sequence=file.file_sequence,
        state=_WORDS[file.state],
        sha256=file.sha256,
        record_count=file.record_count,
        total_yen=file.total_yen,
        received_at=file.received_at,
    )
