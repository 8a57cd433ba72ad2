"""One door of the card agent as an ASGI application."""

from __future__ import annotations

from starlette.types import ASGIApp

from services.card_agent.api.doors import mount
from services.card_agent.resources import Resources


def create_app(resources: Resources, door: str) -> ASGIApp:
    """Return `payers`, `leased_line` or `operator`; another name is a KeyError."""
    return mount(resources, door)
