"""The last step: wait until the services reach each other, then let the sandbox's users in.

Stands on the operator network alone: it asks each organisation how its peers answer.
"""

from __future__ import annotations

import asyncio
import logging
import time

from deploy.connections import access_to
from deploy.container.handouts import ContainerInstallation
from deploy.mesh_plan import put_users
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.doors import OPERATOR_ARROWS, SERVICES
from simulation.access import Access

WITHIN_SECONDS = 120.0
PAUSE_SECONDS = 0.5

log = logging.getLogger("deploy.container.admit")


class NotReadyError(RuntimeError):
    """The mesh did not become ready in time."""


async def admit(
    installation: ContainerInstallation, *, within_seconds: float = WITHIN_SECONDS
) -> None:
    """Ask every service's peer questions until all are answered; then let the users in.

    NotReadyError names what stays silent. Safe to repeat.
    """
    access = access_to(installation)
    deadline = time.monotonic() + within_seconds
    try:
        while silent := await _silent(access):
            if time.monotonic() > deadline:
                raise NotReadyError("; ".join(silent))
            await asyncio.sleep(PAUSE_SECONDS)
        await put_users(installation, access)
    finally:
        await access.close()
    log.info("every peer question is answered; the users can log in")


async def _silent(access: Access) -> list[str]:
    """Return what does not answer yet, in words."""
    found = await asyncio.gather(*(_ask(access, service) for service in SERVICES))
    return [line for lines in found for line in lines]


async def _ask(access: Access, service: str) -> list[str]:
    arrow = OPERATOR_ARROWS[service].peers
    try:
        answer = await access.at("operator", arrow).ask(arrow)
    except (PeerNotDone, PeerOutcomeUnknown, PeerRefused, OSError) as error:
        return [f"{service}: {type(error).__name__}: {error}"]
    return [f"{c.caller} -> {c.peer}: {c.detail}" for c in answer.checks if not c.ok]
