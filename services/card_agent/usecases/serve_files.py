"""Let the provider list, collect and acknowledge sealed files (BOOKS §2.3). Reads none of them."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from services.card_agent.domain.refusals import FileHashDiffers, FileNotFound
from services.card_agent.domain.waiting_files import WaitingFile
from services.card_agent.store.unit_of_work import UnitOfWork
from shared.kit.journal import ConcurrentUpdate

LISTED_MAX = 100
OpenUnitOfWork = Callable[[], UnitOfWork]


async def list_files(*, open_unit_of_work: OpenUnitOfWork) -> list[WaitingFile]:
    """Return the files that were not acknowledged yet, oldest first, at most 100."""
    async with open_unit_of_work() as work:
        return await work.waiting_files.waiting(LISTED_MAX)


async def collect_file(file_id: UUID, *, open_unit_of_work: OpenUnitOfWork) -> bytes:
    """Return a file's bytes, as often as they are asked for; FileNotFound."""
    async with open_unit_of_work() as work:
        content = await work.waiting_files.content(file_id)
    if content is None:
        raise FileNotFound
    return content


async def acknowledge_file(
    file_id: UUID, sha256: str, *, open_unit_of_work: OpenUnitOfWork
) -> datetime:
    """Note that the provider has a file; return when that was first noted (business time).

    Ends as FileNotFound or FileHashDiffers; the same acknowledgement again gets the same answer.
    """
    while True:
        async with open_unit_of_work() as work:
            file = await work.waiting_files.find(file_id)
            if file is None:
                raise FileNotFound
            if not hmac.compare_digest(file.sha256, sha256):
                raise FileHashDiffers
            if file.acknowledged_at is not None:
                return file.acknowledged_at
            try:
                await work.waiting_files.acknowledge(file)
            except ConcurrentUpdate:
                continue
            await work.commit()
