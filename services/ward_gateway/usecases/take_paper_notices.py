"""Take 済通: notices on paper of payments at bank counters, each once, each payment one receipt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from services.ward_gateway.domain.paper_notices import (
    NoticeIdentity,
    PaperNotice,
    demand_form,
    reused,
)
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.clear_receipts import clear_assessments
from services.ward_gateway.usecases.settle_paper_notices import settle_paper_notices


@dataclass(frozen=True)
class TakenNotices:
    """taken: written down now, of which joined belong to a Pay-easy receipt and the others are
    receipts of their own; repeated: as they stand already; reused: not taken.
    """

    taken: int
    joined: int
    repeated: int
    reused: int


async def take_paper_notices(
    notices: Sequence[PaperNotice],
    *,
    open_unit_of_work: Callable[[], UnitOfWork],
    today: date,
    user_id: str,
) -> TakenNotices:
    """Write new notices down and let each payment be one receipt, in one transaction.

    Steps: take turns with reconciliations; insert; settle paper against wire; clear what changed.
    A notice whose stamp stands already is repeated, or with another content the exception
    `paper_notice_reused`. Ends as PaperNoticeMalformed where one of them cannot be: nothing is
    taken.
    """
    demand_form(notices, today)
    first, again = _first_of_each(notices)
    async with open_unit_of_work() as work:
        await work.fundings.lock()
        now = work.clock.now()
        added = set(await work.paper_notices.add(list(first.values()), now, user_id))
        stored = await work.paper_notices.known(first)
        stands = {known.identity: known for known in stored.values()}
        old = [first[known.identity] for i, known in stored.items() if i not in added]
        contradicting = [one for one in (*again, *old) if one != stands[one.identity]]
        keys = {stored[notice_id].payment_number for notice_id in added}
        changed = await settle_paper_notices(work, keys)
        await clear_assessments(work, await work.receipts.assessments_of(changed))
        held = await work.paper_notices.of_keys(keys)
        await work.exceptions.open_many(reused(contradicting))
        await work.commit()
    joined = sum(one.id in added and one.joined_to is not None for one in held)
    repeated = len(again) + len(old) - len(contradicting)
    return TakenNotices(len(added), joined, repeated, len(contradicting))


def _first_of_each(
    notices: Sequence[PaperNotice],
) -> tuple[dict[NoticeIdentity, PaperNotice], list[PaperNotice]]:
    """Divide notices into the first of each stamp and those that use it again."""
    first: dict[NoticeIdentity, PaperNotice] = {}
    again = [n for n in notices if first.setdefault(n.identity, n) is not n]
    return first, again
