"""The card agent's jobs by name. Each is idempotent and may be repeated after any crash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from services.card_agent.resources import Resources
from services.card_agent.usecases.build_agent_reports import build_agent_reports
from services.card_agent.usecases.forget_card_numbers import forget_card_numbers
from services.card_agent.usecases.settle_authorisations import settle_authorisations
from services.card_agent.usecases.write_transfer_orders import write_transfer_orders
from shared.kit.jobs import Job, registry


async def _settle_authorisations(resources: Resources) -> Mapping[str, int]:
    return await settle_authorisations(resources.settling)


async def _write_transfer_orders(resources: Resources) -> Mapping[str, int]:
    return await write_transfer_orders(
        contracts=resources.contracts,
        clock=resources.clock,
        seal=resources.seal_to_ward,
        open_unit_of_work=resources.open_unit_of_work,
    )


async def _build_agent_reports(resources: Resources) -> Mapping[str, int]:
    return await build_agent_reports(
        contracts=resources.contracts,
        clock=resources.clock,
        seal=resources.seal_to_ward,
        open_unit_of_work=resources.open_unit_of_work,
    )


async def _forget_card_numbers(resources: Resources) -> Mapping[str, int]:
    return await forget_card_numbers(resources.card_memory)


JOBS = registry(
    Job(
        "settle_authorisations",
        _settle_authorisations,
        "asks the card networks about authorisations whose outcome nobody knows",
        every_seconds=60,
    ),
    Job(
        "write_transfer_orders",
        _write_transfer_orders,
        "orders the transfers of the commissions whose designated date has come",
        at=time(7, 0),
    ),
    Job(
        "build_agent_reports",
        _build_agent_reports,
        "reports commissions and remittances to each ward, sealed",
        at=time(7, 5),
    ),
    Job(
        "forget_card_numbers",
        _forget_card_numbers,
        "forgets card numbers in memory whose token has expired",
        every_seconds=60,
    ),
)
