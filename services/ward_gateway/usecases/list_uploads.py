"""Billing files as people see them: what is in them, and what of it nobody wants any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from uuid import UUID

from services.ward_gateway.domain.billing_orders import is_unwanted
from services.ward_gateway.domain.billing_uploads import Upload, UploadState
from services.ward_gateway.store.billing_uploads import ListedUpload
from services.ward_gateway.store.unit_of_work import UnitOfWork


async def list_uploads(
    open_unit_of_work: Callable[[], UnitOfWork],
    *,
    after: UUID | None,
    limit: int,
    state: UploadState | None,
    changes: bool,
) -> Sequence[ListedUpload]:
    """Return files by id, after one of them, of one state or of all; changes: as in planning."""
    async with open_unit_of_work() as work:
        uploads = await work.billing_uploads.page(after=after, limit=limit, state=state)
        return await listed(work, uploads, changes=changes)


async def listed(
    work: UnitOfWork, uploads: Collection[Upload], *, changes: bool
) -> list[ListedUpload]:
    """Return files as they are listed now."""
    unwanted = await unwanted_records(work, uploads, changes=changes)
    counted = await work.billing_uploads.with_counts(uploads)
    return [replace(one, unwanted=unwanted[one.upload.id]) for one in counted]


async def unwanted_records(
    work: UnitOfWork, uploads: Collection[Upload], *, changes: bool
) -> Counter[UUID]:
    """Return how many records of each file that can still be taken back are not wanted any more.

    Between a file's building and its release claims are paid, corrected and cancelled.
    """
    ids = [upload.id for upload in uploads if upload.withdrawable]
    if not ids:
        return Counter()
    counts: Counter[UUID] = Counter()
    for upload_id, standing, slips in await work.key_standings.in_files(ids, work.clock.today()):
        counts[upload_id] += slips if is_unwanted(standing, changes=changes) else 0
    return counts
