"""What the standard system has not fetched within its term becomes a clerk's matter."""

from __future__ import annotations

from collections.abc import Callable

from services.ward_gateway.domain.deliveries import Delivery, is_overdue
from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from services.ward_gateway.store.unit_of_work import UnitOfWork
from shared.kit.calendar import japanese_banks
from shared.kit.clock import Clock, tokyo_date, tokyo_time


async def watch_deliveries(
    *, open_unit_of_work: Callable[[], UnitOfWork], clock: Clock
) -> dict[str, int]:
    """Open an exception for each file past its term, resolve those of files that went; counts.

    Nothing is erased: the bytes here are the only ones that the standard system can still get.
    """
    calendar, today = japanese_banks(), clock.today()
    async with open_unit_of_work() as work:
        waiting = await work.deliveries.ready_before(tokyo_time(today))
        overdue = [
            _finding(each)
            for each in waiting
            if is_overdue(tokyo_date(each.made_at), calendar, today)
        ]
        opened = await work.exceptions.settle(ExceptionCode.DELIVERY_OVERDUE, overdue)
        await work.commit()
    return {"overdue": len(overdue), "exceptions_opened": opened}


def _finding(delivery: Delivery) -> Finding:
    return Finding(
        ExceptionCode.DELIVERY_OVERDUE,
        "delivery",
        str(delivery.id),
        delivery.total_yen,
        f"{delivery.kind} number {delivery.sequence} waits for the standard system.",
    )
