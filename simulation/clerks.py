"""The ward's clerks: a second one looks at each billing file and lets it go.

Knows only the ward's intranet door; what a file holds it sees as any clerk does.
"""

from __future__ import annotations

from shared.wire.billing_releases import LIST_UPLOADS, RELEASE_UPLOAD, ReleaseUpload, UploadView
from simulation.access import Access
from simulation.verdict import read_all

SECOND_CLERK = "second_clerk"


async def waiting_uploads(access: Access) -> list[UploadView]:
    """Return the files that wait for a release."""
    return await read_all(
        lambda query: access.staff_asks(
            SECOND_CLERK, LIST_UPLOADS, query=query | {"state": "BUILT"}
        ),
        lambda page: page.uploads,
    )


async def release_uploads(access: Access) -> int:
    """Release every file that waits, by the hash that was listed; return how many."""
    waiting = await waiting_uploads(access)
    for upload in waiting:
        seen = ReleaseUpload(sha256=upload.sha256)
        await access.staff_asks(SECOND_CLERK, RELEASE_UPLOAD, seen, upload_id=upload.upload_id)
    return len(waiting)
