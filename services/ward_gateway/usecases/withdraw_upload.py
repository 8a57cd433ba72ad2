"""A billing file that has not left is taken back: its orders are free, its number is used again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from uuid import UUID

from services.ward_gateway.domain.billing_uploads import Upload, UploadState, check_withdrawal
from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.refusals import UploadNotFound
from services.ward_gateway.store.billing_uploads import ListedUpload
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.list_uploads import unwanted_records


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
        withdrawn = await work.billing_uploads.lock(upload_id)
        (shown,) = await work.billing_uploads.with_counts([withdrawn or upload])
    return shown


async def take_back_unwanted(
    open_unit_of_work: Callable[[], UnitOfWork], *, changes: bool
) -> dict[str, int]:
    """Withdraw files that wait for a release and hold a record that is not wanted any more.

    With each go those after it, whose numbers would leave a gap; where one of those was released
    already, a person withdraws that first. changes: as in plan_billing_orders.
    """
    async with open_unit_of_work() as work:
        await work.assessments.lock()
        opened = await work.billing_uploads.open_after(0)
        locked = [await work.billing_uploads.lock(upload.id) for upload in opened]
        waiting = list(takewhile(_waits, filter(None, locked)))
        unwanted = await unwanted_records(work, waiting, changes=changes)
        while waiting and not unwanted[waiting[-1].id]:
            waiting.pop()
        for upload in waiting:
            await take_back(work, upload)
        if waiting:
            await work.commit()
    return {"files_withdrawn": len(waiting)} if waiting else {}


def _waits(upload: Upload) -> bool:
    return upload.state is UploadState.BUILT


async def take_back(work: UnitOfWork, upload: Upload) -> None:
    """Free a file's orders and move it to WITHDRAWN, in the caller's transaction."""
    await work.billing_uploads.free_orders(upload.id)
    await work.billing_uploads.advance(upload, UploadState.WITHDRAWN)
    code = ExceptionCode.UPLOAD_WAITS_FOR_RELEASE
    await work.exceptions.settle(code, [], among=[str(upload.id)])
