"""Sandbox only: look at files that wait, and put a damaged one in a good one's place."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.payment_provider.domain.files import FileState, WaitingFile, sha256_of
from services.payment_provider.domain.refusals import FileNotFound
from services.payment_provider.usecases.books import Books
from shared.files.keisansho import keisansho_totals, load_keisansho
from shared.files.mobile_regi_receipts import load_receipts
from shared.kit.money import Yen
from shared.wire.file_collection import PAY_IN_STATEMENT, SEALED


async def list_waiting_files(books: Books) -> list[WaitingFile]:
    """Return every municipality's files that nobody has acknowledged, oldest first, at most 100."""
    async with books.open_unit_of_work() as work:
        return await work.files.waiting()


async def read_waiting_file(file_id: UUID, books: Books) -> bytes:
    """Return a waiting file's bytes; refuses FileNotFound."""
    async with books.open_unit_of_work() as work:
        file = await work.files.find(file_id)
        if file is None or file.state is not FileState.WAITING:
            raise FileNotFound
        return await work.files.content(file)


async def replace_waiting_file(file_id: UUID, content: bytes, books: Books) -> WaitingFile:
    """Replace a waiting file's bytes and everything that is listed of them; refuses FileNotFound.

    Count and sum are read from the new bytes, as far as they can be read; a sealed file keeps
    those of the old ones.
    """
    async with books.open_unit_of_work() as work:
        file = await work.files.find(file_id, lock=True)
        if file is None or file.state is not FileState.WAITING:
            raise FileNotFound
        file = replace(file, sha256=sha256_of(content), size_bytes=len(content))
        if file.kind not in SEALED:
            count, total = _told_of(file.kind, content)
            file = replace(file, record_count=count, total_yen=total)
        await work.files.replace_content(file, content)
        await work.commit()
    return file


def _told_of(kind: str, content: bytes) -> tuple[int, Yen]:
    if kind == PAY_IN_STATEMENT:
        totals = keisansho_totals(content, load_keisansho([content]).records)
        return totals.count, Yen(totals.total_yen)
    records = load_receipts([content]).records
    return len(records), Yen(sum(record.amount_yen for record in records))
