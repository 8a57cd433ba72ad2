"""Billing data (請求データ) on its way to the centre: who prepared it, who let it go, where it is.

OWN DESIGN: the paper (情報保護対策) asks for named people, a log of what they did, and terminals
that only they can use; no public source says how an upload is released.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from services.ward_gateway.domain.refusals import (
    FileHashDiffers,
    LaterUploadBuilt,
    ReleasedBySamePerson,
    UploadNotWaiting,
    UploadWasSent,
)
from shared.kit.calendar import BusinessCalendar
from shared.kit.states import StateMachine


class UploadState(StrEnum):
    """SENT is the asking state: the question left, the answer was not yet written down."""

    BUILT = "BUILT"
    RELEASED = "RELEASED"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


UPLOAD_MACHINE = StateMachine(
    UploadState.BUILT,
    {
        (UploadState.BUILT, UploadState.RELEASED): "billing_file_released",
        (UploadState.RELEASED, UploadState.SENT): "billing_file_sent",
        (UploadState.SENT, UploadState.RELEASED): "billing_file_did_not_arrive",
        (UploadState.SENT, UploadState.ACCEPTED): "billing_file_accepted",
        (UploadState.SENT, UploadState.REFUSED): "billing_file_refused",
        (UploadState.BUILT, UploadState.WITHDRAWN): "billing_file_withdrawn",
        (UploadState.RELEASED, UploadState.WITHDRAWN): "billing_file_withdrawn",
    },
    # BUILT waits for a person; the job opens an exception when that takes too long.
    {
        UploadState.BUILT: "upload_billing",
        UploadState.RELEASED: "upload_billing",
        UploadState.SENT: "upload_billing",
    },
)
FILE_BUILT = "billing_file_built"
# The moves that are still missing when the centre proves that it took a file: its result came
# before its answer, or before a question that was thought lost was sent again.
WAY_TO_ACCEPTED = {
    UploadState.RELEASED: (UploadState.SENT, UploadState.ACCEPTED),
    UploadState.SENT: (UploadState.ACCEPTED,),
    UploadState.ACCEPTED: (),
}
# Files that stand between the ward's orders and the centre's answer.
OPEN_STATES = (UploadState.BUILT, UploadState.RELEASED, UploadState.SENT)
# The number of such a file is used again: the centre has never counted it.
NUMBER_IS_FREE = (UploadState.REFUSED, UploadState.WITHDRAWN)
RELEASED_AND_ON = (UploadState.RELEASED, UploadState.SENT, UploadState.ACCEPTED)
WITHDRAWABLE = (UploadState.BUILT, UploadState.RELEASED)
RELEASE_BY = time(16, 30)
"""Tokyo time by which a file of the day should be released: half an hour before the cut-off."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One file with its number, and what people did with it; its bytes are not here.

    prepared_by, released_by: user IDs, or the sentence of a file that left before releases were
    asked for. released_sha256: of the bytes that the releaser saw. sent_at: when it first left.
    """

    id: UUID
    state: UploadState
    version: int
    file_sequence: int
    sha256: str
    record_count: int
    total_yen: int
    prepared_by: str
    built_at: datetime
    released_by: str | None = None
    released_at: datetime | None = None
    released_sha256: str | None = None
    sent_at: datetime | None = None

    @property
    def may_have_arrived(self) -> bool:
        """Say whether the centre may hold this file: once it has left, nobody knows better."""
        return self.sent_at is not None

    @property
    def withdrawable(self) -> bool:
        """Say whether this file can be taken back, as far as it alone is concerned."""
        return self.state in WITHDRAWABLE and not self.may_have_arrived


@dataclass(frozen=True, slots=True)
class BillingUpload(Upload):
    """A file with its bytes; the same bytes are sent until the centre has answered."""

    content: bytes = b""


def check_release(upload: Upload, user_id: str, sha256: str) -> bool:
    """Say whether a person's release lets a file go now; False: it did so before.

    FileHashDiffers: other bytes than he saw. UploadNotWaiting: released by somebody else, refused
    or withdrawn. ReleasedBySamePerson: he prepared it.
    """
    if sha256 != upload.sha256:
        raise FileHashDiffers
    if user_id == upload.prepared_by:
        raise ReleasedBySamePerson
    if upload.state is UploadState.BUILT:
        return True
    if upload.state in RELEASED_AND_ON and upload.released_by == user_id:
        return False
    raise UploadNotWaiting


def check_withdrawal(upload: Upload, last_sequence: int) -> bool:
    """Say whether a file is to be withdrawn now; False: it was before.

    last_sequence: the last number that is in use. UploadWasSent: it has left once, and may yet
    arrive. UploadNotWaiting: the centre refused it. LaterUploadBuilt: a file with a later number
    stands, which the centre would keep waiting for ever.
    """
    if upload.state is UploadState.WITHDRAWN:
        return False
    if upload.state is UploadState.REFUSED:
        raise UploadNotWaiting
    if not upload.withdrawable:
        raise UploadWasSent
    if upload.file_sequence != last_sequence:
        raise LaterUploadBuilt
    return True


def release_due_on(built_on: date, built_at: time, calendar: BusinessCalendar) -> date:
    """Return on which day a file should have been released by RELEASE_BY.

    built_on, built_at: Tokyo day and time. The next business day where it was built later than
    RELEASE_BY, or on a day that is none.
    """
    in_time = calendar.is_business_day(built_on) and built_at < RELEASE_BY
    return built_on if in_time else calendar.add(built_on, 1)
