"""Lead from any key that people have in hand to the ids of our records, for the operator's
questions.
"""

from __future__ import annotations

from uuid import UUID

from services.payment_provider.domain.slips import barcode_digits
from services.payment_provider.usecases.books import Books


async def resolve_key(key: str, books: Books) -> list[str]:
    """Return ids of payments, receipts and undos for a payment id, a receipt id or a barcode; []
    if none.
    """
    try:
        ids = [UUID(key)]
    except ValueError:
        ids = []
    barcode = barcode_digits(key)
    async with books.open_unit_of_work() as work:
        pairs = await work.receipts.ids_of(ids, barcode)
        payments = await work.payments.ids_of([*ids, *(paid for _, paid in pairs)], barcode)
        undos = await work.undos.ids_of([*ids, *payments])
    found = {*(receipt for receipt, _ in pairs), *payments, *undos}
    return sorted(str(each) for each in found)
