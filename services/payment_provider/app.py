"""create_app(): one door of the provider as an ASGI application, on top of the resources."""

from __future__ import annotations

from starlette.types import ASGIApp

from services.payment_provider.api.doors import BUILDERS
from services.payment_provider.resources import Resources


def create_app(resources: Resources, door: str) -> ASGIApp:
    """Return the application behind a door; KeyError for a door that the provider does not have."""
    return BUILDERS[door](resources)
