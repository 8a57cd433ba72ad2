"""A clerk has looked at what the centre refused, and asks it once more."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from services.ward_gateway.domain.billing_orders import OrderKind, Step, wanted_now
from services.ward_gateway.domain.refusals import SlipNotFound, SlipNotRefused
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.plan_billing_orders import order_for


async def retry_slip(
    open_unit_of_work: Callable[[], UnitOfWork], slip_id: UUID, *, changes: bool
) -> OrderKind:
    """Order anew what is wanted of a slip whose last record, or its whole file, was refused.

    The next file holds it. SlipNotFound; SlipNotRefused if nothing was refused, or nothing is
    wanted any more. changes: as in plan_billing_orders.
    """
    async with open_unit_of_work() as work:
        await work.assessments.lock()
        now = work.clock.now()
        slip = await work.key_standings.of_slip(slip_id, work.clock.today())
        if slip is None:
            raise SlipNotFound
        wanted = wanted_now(slip.standing, changes=changes)
        order = order_for(slip, Step(order=wanted), now)
        if not slip.standing.refused or order is None:
            raise SlipNotRefused
        if slip.standing.in_file:
            await work.billing_orders.give_up([slip_id], now)
        await work.billing_orders.add([order], now)
        await work.journal.audit("slip_retried", "slips", slip_id)
        await work.commit()
    return order.wanted.kind
