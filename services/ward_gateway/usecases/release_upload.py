"""A second person has looked at a billing file and lets it go to the centre."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from services.ward_gateway.domain.billing_uploads import UploadState, check_release
from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.refusals import UploadHoldsUnwanted, UploadNotFound
from services.ward_gateway.store.billing_uploads import ListedUpload
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.list_uploads import listed, unwanted_records


async def release_upload(
    open_unit_of_work: Callable[[], UnitOfWork],
    upload_id: UUID,
    *,
    user_id: str,
    sha256: str,
    changes: bool,
) -> ListedUpload:
    """Release a file for a user who saw bytes of this SHA-256; once more does nothing.

    The next sending takes it. UploadNotFound; what check_release refuses with; UploadHoldsUnwanted:
    since it was built, a claim of it was paid, corrected or cancelled so that its record must not
    leave; preparing takes the file back and builds anew. changes: as in plan_billing_orders.
    """
    async with open_unit_of_work() as work:
        upload = await work.billing_uploads.lock(upload_id)
        if upload is None:
            raise UploadNotFound
        if check_release(upload, user_id, sha256):
            if (await unwanted_records(work, [upload], changes=changes))[upload_id]:
                raise UploadHoldsUnwanted
            await work.billing_uploads.advance(
                upload,
                UploadState.RELEASED,
                released_by=user_id,
                released_at=work.clock.now(),
                released_sha256=sha256,
            )
            code = ExceptionCode.UPLOAD_WAITS_FOR_RELEASE
            await work.exceptions.settle(code, [], among=[str(upload_id)])
            await work.commit()
        released = await work.billing_uploads.lock(upload_id)
        (shown,) = await listed(work, [released or upload], changes=changes)
    return shown
