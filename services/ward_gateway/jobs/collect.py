"""08:30: the two dedicated terminals collect what waits for the ward (BOOKS §4)."""

from __future__ import annotations

from services.ward_gateway.resources import Resources
from services.ward_gateway.usecases.collect_files import collect_files
from shared.kit.jobs import Counts


async def collect_leased_line(resources: Resources) -> Counts:
    """Collect at the provider."""
    return await collect_files(resources.reception(resources.leased_line))


async def collect_lgwan(resources: Resources) -> Counts:
    """Collect at the shared-use centre."""
    return await collect_files(resources.reception(resources.lgwan))
