"""Billing data (請求データ) as it was sent to the centre, and how far a file came."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from shared.kit.states import StateMachine


class UploadState(StrEnum):
    """SENT is the asking state: the question left, the answer was not yet written down."""

    BUILT = "BUILT"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


UPLOAD_MACHINE = StateMachine(
    UploadState.BUILT,
    {
        (UploadState.BUILT, UploadState.SENT): "billing_file_sent",
        (UploadState.SENT, UploadState.BUILT): "billing_file_did_not_arrive",
        (UploadState.SENT, UploadState.ACCEPTED): "billing_file_accepted",
        (UploadState.SENT, UploadState.REFUSED): "billing_file_refused",
    },
    {UploadState.BUILT: "upload_billing", UploadState.SENT: "upload_billing"},
)
FILE_BUILT = "billing_file_built"
# The moves that are still missing when the centre proves that it took a file: its result came
# before its answer, or before a question that was thought lost was sent again.
WAY_TO_ACCEPTED = {
    UploadState.BUILT: (UploadState.SENT, UploadState.ACCEPTED),
    UploadState.SENT: (UploadState.ACCEPTED,),
    UploadState.ACCEPTED: (),
}


@dataclass(frozen=True, slots=True)
class BillingUpload:
    """One file with its number; the same bytes are sent until the centre has answered."""

    id: UUID
    state: UploadState
    version: int
    file_sequence: int
    sha256: str
    content: bytes
    record_count: int
    total_yen: int
