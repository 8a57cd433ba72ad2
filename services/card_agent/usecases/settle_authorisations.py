"""Ask the card networks about every authorisation of which nobody knows what became of it, and
again about every approval that they are to take back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from services.card_agent.usecases.settle_authorisation import Settling, ask_what_became_of
from services.card_agent.usecases.undo_authorisation import finish_undo
from shared.kit.clock import machine_now
from shared.kit.logs import logger


async def settle_authorisations(settling: Settling) -> Mapping[str, int]:
    """Settle silent and stale authorisations; return counts by the state in which each ended.

    undone and undoing count the undos: those finished now, and those whose network is silent.
    still_asking counts those within their deadline: they are another run's work. One that fails
    for a fault of ours is logged, counted as failed and left for the next run: it stops no other.
    """
    counts: Counter[str] = Counter(authorised=0, declined=0, closed=0, network_unknown=0)
    counts |= await _finish_undoing(settling)
    async with settling.open_unit_of_work() as work:
        ids = await work.authorisations.unknown_ids(machine_now())
    for authorisation_id in ids:
        try:
            counts += await _settle(authorisation_id, settling)
        except Exception:  # noqa: BLE001 - one failure must not keep the others waiting
            logger().exception("settlement_failed", authorisation=str(authorisation_id))
            counts["failed"] += 1
    async with settling.open_unit_of_work() as work:
        counts["still_asking"] = await work.authorisations.count_asking()
    return counts


async def _settle(authorisation_id: UUID, settling: Settling) -> Counter[str]:
    async with settling.open_unit_of_work() as work:
        stored = await work.authorisations.find(authorisation_id)
    if stored is None or not stored.is_unknown(machine_now()):
        return Counter()
    settled = await ask_what_became_of(stored, settling)
    return Counter([settled.state.value.lower()])


async def _finish_undoing(settling: Settling) -> Counter[str]:
    counts: Counter[str] = Counter(undone=0, undoing=0)
    async with settling.open_unit_of_work() as work:
        undoing = await work.authorisations.undoing()
    for stored in undoing:
        network, open_unit_of_work = settling.card_network, settling.open_unit_of_work
        try:
            finished = await finish_undo(stored, network, open_unit_of_work)
        except Exception:  # noqa: BLE001 - one failure must not keep the others waiting
            logger().exception("undo_failed", authorisation=str(stored.id))
            counts["failed"] += 1
        else:
            counts[finished.state.value.lower()] += 1
    return counts
