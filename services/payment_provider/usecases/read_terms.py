"""Show the terms of use that are in force today. Records nothing."""

from __future__ import annotations

from services.payment_provider.domain.terms import Terms
from services.payment_provider.usecases.books import Books


def read_terms(books: Books) -> Terms:
    """Return the terms in force on the Tokyo day; NoTerms if the file names none for it."""
    return books.terms.on(books.clock.today())
