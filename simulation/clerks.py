"""The ward's clerks: one who has not prepared a billing file looks at it and lets it go.

Knows only the ward's intranet door; what a file holds it sees as any clerk does.
"""

from __future__ import annotations

from shared.wire.billing_releases import LIST_UPLOADS, RELEASE_UPLOAD, ReleaseUpload, UploadView
from simulation.access import Access
from simulation.verdict import read_all

FIRST_CLERK, SECOND_CLERK = "clerk", "second_clerk"


async def waiting_uploads(access: Access) -> list[UploadView]:
    """Return the files that wait for a release."""
    return await read_all(
        lambda query: access.staff_asks(
            SECOND_CLERK, LIST_UPLOADS, query=query | {"state": "BUILT"}
        ),
        lambda page: page.uploads,
    )


async def release_uploads(access: Access) -> int:
    """Release every file that waits, by the hash that was listed; return how many.

    One with a record that is not wanted any more is left: it is built anew. What the second clerk
    has prepared himself the first one releases.
    """
    waiting = [upload for upload in await waiting_uploads(access) if not upload.unwanted]
    _, second = access.staff[SECOND_CLERK]
    for upload in waiting:
        who = FIRST_CLERK if upload.prepared_by == second.user_id else SECOND_CLERK
        seen = ReleaseUpload(sha256=upload.sha256)
        await access.staff_asks(who, RELEASE_UPLOAD, seen, upload_id=upload.upload_id)
    return len(waiting)
