"""The ward's staff -> ward_gateway, intranet door: who prepares an upload, and who lets it go.

On the LGWAN terminal an upload needs a second person's release: whoever prepared a file (a clerk
here, or the terminal's user for the job) does not release it. OWN DESIGN; no source says how.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.kit.arrow import Arrow, NoBody, Wire
from shared.kit.money import Yen
from shared.wire.ward_intranet import CLERKS, STAFF

UploadStateName = Literal["BUILT", "RELEASED", "SENT", "ACCEPTED", "REFUSED", "WITHDRAWN"]


class UploadView(Wire):
    """A billing file as the ward holds it: what is in it, whose hands it went through, and when.

    adds, changes, deletes: its records, none once it was withdrawn. unwanted: how many of them are
    not wanted any more, while it can be taken back: with one it is not released, and the next
    preparing builds a file that waits anew. sha256: to be repeated by the releaser. prepared_by,
    released_by: user IDs. sent_at: when it first left, None: never.
    """

    upload_id: UUID
    file_sequence: int
    state: UploadStateName
    sha256: str
    record_count: int
    adds: int
    changes: int
    deletes: int
    unwanted: int
    total_yen: Yen
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    sent_at: datetime | None


class UploadsPage(Wire):
    """Billing files by id (query: state, after, limit); next_after is None at the end."""

    uploads: tuple[UploadView, ...]
    next_after: UUID | None


class UploadsPrepared(Wire):
    """How many billing files were made of what the centre should hold differently."""

    files_built: int


class ReleaseUpload(Wire):
    """Let a file go; sha256: of the file that the releaser has looked at."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


PREPARE_UPLOADS: Arrow[NoBody, UploadsPrepared] = Arrow(
    "prepare_uploads",
    "ward_gateway",
    "intranet",
    "POST",
    "/billing-uploads",
    NoBody,
    UploadsPrepared,
    STAFF,
    roles=CLERKS,
    sign_in="session",
    success=201,
)
LIST_UPLOADS: Arrow[NoBody, UploadsPage] = Arrow(
    "list_uploads",
    "ward_gateway",
    "intranet",
    "GET",
    "/billing-uploads",
    NoBody,
    UploadsPage,
    STAFF,
    roles=CLERKS,
    sign_in="session",
)
RELEASE_UPLOAD: Arrow[ReleaseUpload, UploadView] = Arrow(
    "release_upload",
    "ward_gateway",
    "intranet",
    "POST",
    "/billing-uploads/{upload_id}/release",
    ReleaseUpload,
    UploadView,
    STAFF,
    roles=("clerk",),
    refusals=(
        "upload_not_found",
        "upload_not_waiting",
        "released_by_same_person",
        "file_hash_differs",
        "upload_holds_unwanted",
    ),
    sign_in="session",
    success=201,
)
WITHDRAW_UPLOAD: Arrow[NoBody, UploadView] = Arrow(
    "withdraw_upload",
    "ward_gateway",
    "intranet",
    "POST",
    "/billing-uploads/{upload_id}/withdrawal",
    NoBody,
    UploadView,
    STAFF,
    roles=("clerk",),
    refusals=(
        "upload_not_found",
        "upload_not_waiting",
        "upload_was_sent",
        "later_upload_built",
    ),
    sign_in="session",
    success=201,
)

ARROWS = (PREPARE_UPLOADS, LIST_UPLOADS, RELEASE_UPLOAD, WITHDRAW_UPLOAD)
