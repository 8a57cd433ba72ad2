"""/billing-uploads: prepared, listed, released, withdrawn. No decisions here."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from services.ward_gateway.api.access import Res
from services.ward_gateway.api.pages import Limit, next_after
from services.ward_gateway.domain.billing_uploads import UploadState
from services.ward_gateway.store.billing_uploads import ListedUpload
from services.ward_gateway.usecases.list_uploads import list_uploads
from services.ward_gateway.usecases.prepare_uploads import prepare_uploads
from services.ward_gateway.usecases.release_upload import release_upload
from services.ward_gateway.usecases.withdraw_upload import withdraw_upload
from shared.kit.door_app import login_of
from shared.kit.money import Yen
from shared.kit.tokens import Login
from shared.wire.billing_releases import (
    ReleaseUpload,
    UploadsPage,
    UploadsPrepared,
    UploadView,
)
from shared.wire.ward_intranet import PAGE_ROWS_MAX

SignedIn = Annotated[Login, Depends(login_of)]


async def post_uploads(res: Res, login: SignedIn) -> UploadsPrepared:
    """Make files of what the centre should hold differently, prepared by who asks."""
    building = res.building(login.user_id)
    counts = await prepare_uploads(building, changes=res.billing_changes)
    return UploadsPrepared(files_built=counts.get("files_built", 0))


async def get_uploads(
    res: Res,
    state: UploadState | None = None,
    after: UUID | None = None,
    limit: Limit = PAGE_ROWS_MAX,
) -> UploadsPage:
    """Return a page of files by id."""
    page = await list_uploads(
        res.open_unit_of_work,
        after=after,
        limit=limit,
        state=state,
        changes=res.billing_changes,
    )
    return UploadsPage(
        uploads=tuple(_view(one) for one in page),
        next_after=next_after([one.upload.id for one in page], limit),
    )


async def post_release(
    upload_id: UUID, body: ReleaseUpload, res: Res, login: SignedIn
) -> UploadView:
    """Let a file go, as who is signed in."""
    released = await release_upload(
        res.open_unit_of_work,
        upload_id,
        user_id=login.user_id,
        sha256=body.sha256,
        changes=res.billing_changes,
    )
    return _view(released)


async def post_withdrawal(upload_id: UUID, res: Res) -> UploadView:
    """Take a file back that has not left."""
    return _view(await withdraw_upload(res.open_unit_of_work, upload_id))


def _view(one: ListedUpload) -> UploadView:
    upload = one.upload
    return UploadView(
        upload_id=upload.id,
        file_sequence=upload.file_sequence,
        state=upload.state.value,
        sha256=upload.sha256,
        record_count=upload.record_count,
        adds=one.adds,
        changes=one.changes,
        deletes=one.deletes,
        unwanted=one.unwanted,
        total_yen=Yen(upload.total_yen),
        prepared_by=upload.prepared_by,
        prepared_at=upload.built_at,
        released_by=upload.released_by,
        released_at=upload.released_at,
        sent_at=upload.sent_at,
    )
