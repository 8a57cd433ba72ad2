"""Sandbox questions: the payers' banks' books and pages, our account, files to be damaged."""

from __future__ import annotations

from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from services.payment_provider.api.access import Res
from services.payment_provider.api.files import OCTETS, listed
from services.payment_provider.usecases import tamper_files
from services.payment_provider.usecases.decide_at_bank import decide_at_bank
from services.payment_provider.usecases.read_outside_books import (
    read_collection_account,
    read_outside_books,
)
from shared.wire.file_collection import FileListed
from shared.wire.sandbox_bank import DecideAtBank, DecidedAtBank
from shared.wire.sandbox_books import (
    BookedOutside,
    CollectionAccount,
    OutsideBooks,
    WaitingFiles,
)


async def get_books(res: Res, after: UUID | None = None) -> OutsideBooks:
    """Answer PAYERS_BANK_BOOKS, one page."""
    debits, next_after = await read_outside_books(after, res.books)
    return OutsideBooks(
        lines=tuple(
            BookedOutside(
                reference=debit.id,
                municipality=debit.municipality,
                amount_yen=debit.amount_yen,
                at=debit.answered_at,
            )
            for debit in debits
        ),
        next_after=next_after,
    )


async def get_collection_account(res: Res) -> CollectionAccount:
    """Answer COLLECTION_ACCOUNT."""
    account = await read_collection_account(res.books)
    return CollectionAccount(
        debited_yen=account.debited_yen,
        given_back_yen=account.given_back_yen,
        paid_in_yen=account.paid_in_yen,
        balance_yen=account.balance_yen,
    )


async def post_decision(session: str, body: DecideAtBank, res: Res) -> DecidedAtBank:
    """Answer DECIDE_AT_BANK, at the payers' door."""
    return await decide_at_bank(session, body, payers_bank=res.payers_bank)


async def get_waiting_files(res: Res) -> WaitingFiles:
    """Answer WAITING_FILES."""
    files = await tamper_files.list_waiting_files(res.books)
    return WaitingFiles(files=tuple(listed(file) for file in files))


async def get_waiting_file(file_id: UUID, res: Res) -> Response:
    """Answer READ_WAITING_FILE."""
    content = await tamper_files.read_waiting_file(file_id, res.books)
    return Response(content, media_type=OCTETS)


async def put_waiting_file(file_id: UUID, request: Request, res: Res) -> FileListed:
    """Answer REPLACE_WAITING_FILE."""
    content = await request.body()
    return listed(await tamper_files.replace_waiting_file(file_id, content, res.books))
