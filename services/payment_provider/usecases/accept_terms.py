"""Record that a payer accepted the terms of use, with version and time, before anything is paid."""

from __future__ import annotations

from uuid import UUID

from services.payment_provider.domain.refusals import AcceptanceIdReused, TermsOutdated
from services.payment_provider.domain.terms import Acceptance
from services.payment_provider.usecases.books import Books
from shared.kit.clock import machine_now


async def accept_terms(acceptance_id: UUID, version: str, books: Books) -> Acceptance:
    """Commit an acceptance and return it.

    1. A known id with the same version: the stored acceptance, whatever is in force by now.
    2. The version must be the one in force. 3. Add the acceptance and commit.
    Refuses: AcceptanceIdReused, TermsOutdated. Nothing is recorded then.
    """
    async with books.open_unit_of_work() as work:
        stored = await work.terms_acceptances.find(acceptance_id)
        if stored is None:
            if version != books.terms.on(books.clock.today()).version:
                raise TermsOutdated
            made = Acceptance(acceptance_id, version, books.clock.now(), machine_now())
            if await work.terms_acceptances.add(made):
                await work.commit()
                return made
            stored = await work.terms_acceptances.find(acceptance_id)
    assert stored is not None, "an acceptance was deleted"  # noqa: S101 - rows are never deleted
    if stored.version != version:
        raise AcceptanceIdReused
    return stored
