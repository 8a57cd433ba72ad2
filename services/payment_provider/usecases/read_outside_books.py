"""Sandbox only: show the payers' banks' books, page by page, as those banks would show them, and
our account between them and the municipalities.
"""

from __future__ import annotations

from uuid import UUID

from services.payment_provider.domain.bank_books import CollectionAccount
from services.payment_provider.store.sandbox_debits import StoredDebit
from services.payment_provider.usecases.books import Books

LINES_IN_A_PAGE = 500


async def read_outside_books(
    after: UUID | None, books: Books
) -> tuple[list[StoredDebit], UUID | None]:
    """Return the next debits that took money, by id, and after which id the next page begins."""
    async with books.open_unit_of_work() as work:
        debits = await work.sandbox_debits.standing(after, LINES_IN_A_PAGE)
    return debits, debits[-1].id if len(debits) == LINES_IN_A_PAGE else None


async def read_collection_account(books: Books) -> CollectionAccount:
    """Return our account as the banks' debits and our orders make it, never as receipts do.

    One query reads it, so that a payment that comes meanwhile is in all of it or in none.
    """
    async with books.open_unit_of_work() as work:
        debited, given_back, paid_in = await work.sandbox_debits.collected()
    return CollectionAccount(debited, given_back, paid_in)
