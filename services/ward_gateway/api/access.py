"""How an endpoint reaches what it needs: the service's resources, by one dependency."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from services.ward_gateway.resources import Resources


async def resources_of(request: Request) -> Resources:
    """Return the resources that this door was built with."""
    resources: Resources = request.app.state.resources
    return resources


Res = Annotated[Resources, Depends(resources_of)]
