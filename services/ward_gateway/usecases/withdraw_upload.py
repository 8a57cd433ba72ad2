"""A billing file that has not left is taken back: its orders are free, its number is used again."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from services.ward_gateway.domain.billing_uploads import Upload, UploadState, check_withdrawal
from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.refusals import UploadNotFound
from services.ward_gateway.store.billing_uploads import ListedUpload
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.release_upload import listed


async def withdraw_upload(
    open_unit_of_work: Callable[[], UnitOfWork], upload_id: UUID
) -> ListedUpload:
    """Withdraw a file; once more does nothing. UploadNotFound, or as check_withdrawal refuses.

    Only the last file goes, and no file is built meanwhile (both take the same lock), so that the
    centre's strict sequence of numbers never has a gap.
    """
    async with open_unit_of_work() as work:
        await work.assessments.lock()
        upload = await work.billing_uploads.lock(upload_id)
        if upload is None:
            raise UploadNotFound
        if check_withdrawal(upload, await work.billing_uploads.last_sequence()):
            await take_back(work, upload)
            await work.commit()
        return await listed(work, upload_id)


async def take_back(work: UnitOfWork, upload: Upload) -> None:
    """Free a file's orders and move it to WITHDRAWN, in the caller's transaction."""
    await work.billing_uploads.free_orders(upload.id)
    await work.billing_uploads.advance(upload, UploadState.WITHDRAWN)
    code = ExceptionCode.UPLOAD_WAITS_FOR_RELEASE
    await work.exceptions.settle(code, [], among=[str(upload.id)])
