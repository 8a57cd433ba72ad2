"""What a ward's leased-line terminal may do with its files: list, collect, acknowledge (BOOKS
§2.3).

It uploads nothing; an acknowledgement holds a file id and a hash (BOOKS §1.3).
"""

from __future__ import annotations

from uuid import UUID

from services.payment_provider.domain.files import FileState, WaitingFile
from services.payment_provider.domain.refusals import FileHashDiffers, FileNotFound
from services.payment_provider.usecases.books import Books


async def list_files(municipality: str, books: Books) -> list[WaitingFile]:
    """Return a municipality's files that were not acknowledged yet, oldest first, at most 100."""
    async with books.open_unit_of_work() as work:
        return await work.files.waiting(municipality)


async def collect_file(file_id: UUID, municipality: str, books: Books) -> bytes:
    """Return a file's bytes and write down that they were taken; refuses FileNotFound.

    Another municipality's file is not found: nobody learns that it exists.
    """
    async with books.open_unit_of_work() as work:
        file = await work.files.find(file_id, municipality)
        if file is None:
            raise FileNotFound
        content = await work.files.content(file)
        await work.files.note_collected(file)
        await work.commit()
    return content


async def acknowledge_file(
    file_id: UUID, sha256: str, municipality: str, books: Books
) -> WaitingFile:
    """Note that a file has arrived; the same acknowledgement again gets the same answer.

    Refuses FileNotFound (another municipality's too) and FileHashDiffers.
    """
    async with books.open_unit_of_work() as work:
        file = await work.files.find(file_id, municipality, lock=True)
        if file is None:
            raise FileNotFound
        if file.sha256 != sha256:
            raise FileHashDiffers
        if file.state is FileState.WAITING:
            file = await work.files.advance_acknowledged(file, books.clock.now())
            await work.commit()
    return file
