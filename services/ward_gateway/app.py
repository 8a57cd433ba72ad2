"""The ward gateway's doors as applications: `create_app(resources, door)`."""

from __future__ import annotations

from starlette.types import ASGIApp

from services.ward_gateway.api.doors import INTRANET, intranet_door, operator_door
from services.ward_gateway.jobs.registry import JOBS
from services.ward_gateway.resources import Resources


def create_app(resources: Resources, door: str) -> ASGIApp:
    """Return the application of one door, `intranet` or `operator`; ValueError for any other."""
    if door == INTRANET:
        return intranet_door(resources).app()
    if door == "operator":
        return operator_door(resources, JOBS).app()
    raise ValueError(f"the ward gateway has no door {door}")
