"""A terminal lists, collects and acknowledges its own municipality's files (BOOKS §2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.lgwan_asp.domain.outgoing_files import OutgoingFile
from services.lgwan_asp.domain.refusals import FileErased, FileHashDiffers, FileNotFound
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork
from shared.kit.clock import Clock


async def list_files(
    municipality: str, *, open_unit_of_work: OpenUnitOfWork
) -> Sequence[OutgoingFile]:
    """Return the files that were not acknowledged yet, oldest first."""
    async with open_unit_of_work() as work:
        return await work.outgoing_files.list_ready(municipality)


async def collect_file(
    file_id: UUID, *, municipality: str, open_unit_of_work: OpenUnitOfWork
) -> bytes:
    """Return a file's bytes, acknowledged or not.

    Refused: FileNotFound, also for another municipality's; FileErased.
    """
    async with open_unit_of_work() as work:
        content = await work.outgoing_files.content(file_id, municipality=municipality)
        if content is not None:
            return content
        file = await work.outgoing_files.find(file_id, municipality=municipality)
    raise FileNotFound if file is None else FileErased


async def acknowledge_file(
    file_id: UUID,
    sha256: str,
    *,
    municipality: str,
    open_unit_of_work: OpenUnitOfWork,
    clock: Clock,
) -> datetime:
    """Note that a file was registered; return when it first was (a repeat: the same answer).

    Refused: FileNotFound, FileHashDiffers.
    """
    async with open_unit_of_work() as work:
        file = await work.outgoing_files.find(file_id, municipality=municipality)
        if file is None:
            raise FileNotFound
        if file.sha256 != sha256:
            raise FileHashDiffers
        if file.acknowledged_at is not None:
            return file.acknowledged_at
        at = clock.now()
        await work.outgoing_files.acknowledge(file, at)
        await work.commit()
    return at
