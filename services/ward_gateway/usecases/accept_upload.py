"""The centre has taken a billing file, by its own word or by its result: that is written down."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from services.ward_gateway.domain.billing_uploads import WAY_TO_ACCEPTED, Upload
from services.ward_gateway.store.unit_of_work import UnitOfWork

U = TypeVar("U", bound=Upload)


async def accept_upload(work: UnitOfWork, upload: U) -> tuple[U, int]:
    """Move a file to ACCEPTED and the slips of its adds to SENT; return both, how many moved.

    An accepted file is left as it is. The caller commits; ConcurrentUpdate if somebody was faster.
    """
    way = WAY_TO_ACCEPTED[upload.state]
    for target in way:
        version = await work.billing_uploads.advance(upload, target)
        upload = replace(upload, state=target, version=version)
    moved = await work.slips.sent(upload.id) if way else 0
    return upload, moved
