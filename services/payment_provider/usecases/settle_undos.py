"""Ask again about every undo whose peer has not answered."""

from __future__ import annotations

from collections.abc import Mapping

from services.payment_provider.domain.undos import UndoState
from services.payment_provider.usecases.books import Books
from services.payment_provider.usecases.undo_payment import Undoers, ask_to_undo
from shared.kit.logs import logger

_COUNTED = {
    UndoState.UNDONE: "undone",
    UndoState.REFUSED: "refused",
    UndoState.ASKING: "unanswered",
}


async def settle_undos(books: Books, asks: Undoers) -> Mapping[str, int]:
    """Settle every undo that is ASKING; return the counts. The same id is asked: an undo is its
    own settlement, and one that a request is asking about at this moment does no harm.
    """
    counts = dict.fromkeys(_COUNTED.values(), 0)
    async with books.open_unit_of_work() as work:
        asking = await work.undos.asking()
    for undo in asking:
        try:
            settled = await ask_to_undo(undo, books, asks)
        except Exception:  # noqa: BLE001 - one undo's failure must not keep the others waiting
            logger().exception("undo_failed", undo=str(undo.id))
            settled = undo
        counts[_COUNTED[settled.state]] += 1
    return counts
