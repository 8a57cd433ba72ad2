"""The operator reads the card networks' books, in sandbox mode only."""

from __future__ import annotations

from uuid import UUID

from services.card_agent.api.access import Res
from services.card_agent.usecases.list_outside_books import list_outside_books
from shared.wire.sandbox_books import BookedOutside, OutsideBooks


async def get_outside_books(resources: Res, after: UUID | None = None) -> OutsideBooks:
    """Return one page of the takings that stand (premium only)."""
    found, next_after = await list_outside_books(
        after, open_unit_of_work=resources.open_unit_of_work
    )
    lines = tuple(
        BookedOutside(
            reference=line.reference,
            municipality=line.municipality,
            amount_yen=line.premium_yen,
            at=line.at,
        )
        for line in found
    )
    return OutsideBooks(lines=lines, next_after=next_after)
