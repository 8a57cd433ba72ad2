"""Sandbox only: show the payers' banks' books, page by page, as those banks would show them."""

from __future__ import annotations

from uuid import UUID

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
