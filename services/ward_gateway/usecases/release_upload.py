"""A second person has looked at a billing file and lets it go to the centre."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from services.ward_gateway.domain.billing_uploads import UploadState, check_release
from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.refusals import UploadNotFound
from services.ward_gateway.store.billing_uploads import ListedUpload
from services.ward_gateway.store.unit_of_work import UnitOfWork


async def release_upload(
    open_unit_of_work: Callable[[], UnitOfWork], upload_id: UUID, *, user_id: str, sha256: str
) -> ListedUpload:
    """Release a file for a user who saw bytes of this SHA-256; once more does nothing.

    The next sending takes it. UploadNotFound, or what check_release refuses with.
    """
    async with open_unit_of_work() as work:
        upload = await work.billing_uploads.lock(upload_id)
        if upload is None:
            raise UploadNotFound
        if check_release(upload, user_id, sha256):
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
        return await listed(work, upload_id)


async def listed(work: UnitOfWork, upload_id: UUID) -> ListedUpload:
    """Return a file as it is listed now."""
    (found,) = await work.billing_uploads.with_counts([await work.billing_uploads.find(upload_id)])
    return found
