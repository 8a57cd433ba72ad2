"""How many keys at the centre are no longer what is owed, from the ward's own rows; counts only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from services.ward_gateway.domain.billing_orders import KeyStanding, OrderKind, wanted_of
from services.ward_gateway.domain.slips import SlipState
from services.ward_gateway.store.unit_of_work import UnitOfWork

NAMES = {OrderKind.CHANGE: "changes_due", OrderKind.DELETE: "deletes_due"}
AT_CENTRE = (SlipState.SENT, SlipState.HELD)


async def count_billing_changes(
    open_unit_of_work: Callable[[], UnitOfWork], *, enabled: bool
) -> dict[str, int]:
    """Return `deletes_due`, `changes_due` and `paid_at_centre` (left alone: E130), if not 0.

    1. Turned off by the setting: nothing is asked, nothing counted. 2. Keys that the centre holds
    or was sent are judged by the rule that also orders; what was ordered already still counts,
    until the centre has answered.
    """
    if not enabled:
        return {}
    counts: Counter[str] = Counter()
    async with open_unit_of_work() as work:
        for count in await work.key_standings.counts(work.clock.today()):
            name = _due(count.standing) if count.standing.state in AT_CENTRE else None
            if name is not None:
                counts[name] += count.slips
    return dict(counts)


def _due(standing: KeyStanding) -> str | None:
    wanted = wanted_of(
        live=True, gone=standing.gone, differs=standing.differs, paid_at_centre=False
    )
    if wanted is None:
        return None
    return "paid_at_centre" if standing.paid_at_centre else NAMES[wanted.kind]
