"""create_app(): one door of the centre as an ASGI application, on top of the resources."""

from __future__ import annotations

from starlette.types import ASGIApp

from services.lgwan_asp.api.doors import open_door
from services.lgwan_asp.jobs.registry import jobs_of
from services.lgwan_asp.resources import Resources


def create_app(resources: Resources, door: str) -> ASGIApp:
    """Return one door, closed by its gate; KeyError for a door that the centre does not have."""
    return open_door(resources, door, jobs_of(resources)).app()
