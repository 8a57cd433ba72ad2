"""Wanted against told, slip by slip: whatever the centre should hold differently becomes an order.

Needs no event: what a 03, a correction or a decision undoes is found by the next run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from services.ward_gateway.domain.billing_orders import NOTHING, KeyStanding, Step, step_of
from services.ward_gateway.store.billing_orders import NewOrder
from services.ward_gateway.store.key_standings import SlipStanding
from services.ward_gateway.store.unit_of_work import UnitOfWork


async def plan_billing_orders(
    open_unit_of_work: Callable[[], UnitOfWork], *, changes: bool
) -> dict[str, int]:
    """Order what the centre must be told; return how many of each kind. Once more orders nothing.

    1. Slips that stand alike are counted together, and the rule decides once for all of them.
    2. Those with something to do are read: open orders without a cause are dropped, or given up
    where their file was refused, slips that died unsent are closed, orders added; one transaction,
    one planner at a time.
    changes: False where the ward tells the centre of each key once and never of a change.
    """
    async with open_unit_of_work() as work:
        await work.assessments.lock()
        now, today = work.clock.now(), work.clock.today()
        ways = {count.standing for count in await work.key_standings.counts(today)}
        steps = {way: step_of(way, changes=changes) for way in ways}
        busy = [way for way, step in steps.items() if step != NOTHING]
        if not busy:
            return {}
        slips = await work.key_standings.standing_so(busy, today)
        counts = await _take_steps(work, slips, steps, now)
        await work.commit()
    return counts


async def _take_steps(
    work: UnitOfWork,
    slips: Sequence[SlipStanding],
    steps: dict[KeyStanding, Step],
    now: datetime,
) -> dict[str, int]:
    dropped = [slip.slip_id for slip in slips if steps[slip.standing].drop_open]
    await work.billing_orders.drop(dropped, now)
    given_up = [slip.slip_id for slip in slips if steps[slip.standing].give_up]
    await work.billing_orders.give_up(given_up, now)
    dead = [slip.slip_id for slip in slips if steps[slip.standing].close_slip]
    closed = await work.slips.never_sent(dead)
    orders = [
        order for slip in slips if (order := order_for(slip, steps[slip.standing], now)) is not None
    ]
    await work.billing_orders.add(orders, now)
    counts = Counter(f"{order.wanted.kind.name.lower()}s_wanted" for order in orders)
    counts |= Counter(
        orders_dropped=len(dropped), orders_given_up=len(given_up), slips_never_sent=closed
    )
    return {name: count for name, count in counts.items() if count}


def order_for(slip: SlipStanding, step: Step, now: datetime) -> NewOrder | None:
    """Return a slip's order; a key whose death nobody can date is dead since it was found so."""
    if step.order is None:
        return None
    reason = step.order.reason
    dead_at = None if reason is None else slip.dead_at(reason) or now
    return NewOrder(slip.slip_id, step.order, dead_at)
