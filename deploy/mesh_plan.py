"""Which processes make the mesh, and what must be true before they start."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Final

from deploy.home import Home
from deploy.installation import Installation
from deploy.postgres import EmbeddedPostgres
from deploy.service_databases import runtime_role
from deploy.supervisor import ServiceCommand, Supervisor
from shared.kit.standard_arrows import PutUser
from shared.wire.doors import OPERATOR_ARROWS, SERVICES
from simulation.access import Access

KEPT_VARIABLES: Final = ("PATH", "LANG", "LC_ALL", "TZ")


async def supervise(home: Home) -> Supervisor:
    """Set everything up that is missing and return the supervisor of the whole mesh."""
    return await prepare_mesh(Installation(home))


async def prepare_mesh(installation: Installation, only: str | None = None) -> Supervisor:
    """Start the database, migrate every schema, and return a supervisor that is not started yet."""
    installation.prepare()
    home = installation.home
    postgres = EmbeddedPostgres(home)
    await postgres.start()
    await postgres.ensure_service_databases(SERVICES)
    services = [s for s in SERVICES if only in {None, s}]
    for service in services:  # one after the other: Alembic keeps its context in a global
        await asyncio.to_thread(migrate, postgres, service)
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    commands = {
        service: ServiceCommand(
            [sys.executable, "-m", f"services.{service}"],
            kept | installation.environment(service, postgres.database_url(service)),
            home.log(service),
        )
        for service in services
    }
    return Supervisor(home, commands, postgres)


def migrate(postgres: EmbeddedPostgres, service: str) -> None:
    """Bring one service's schema up to date, as its owner."""
    module = importlib.import_module(f"services.{service}.store.migrations")
    module.upgrade(postgres.owner_database_url(service), runtime_role(service))


async def put_users(installation: Installation, access: Access) -> None:
    """Let the sandbox's users in at their doors (again and again is fine)."""
    for user in installation.users:
        body = PutUser(
            door=user["door"],
            municipality=user["municipality"],
            roles=tuple(user["roles"]),
            password=user["password"],
        )
        await access.operate(
            OPERATOR_ARROWS[user["service"]].put_user, body, user_id=user["user_id"]
        )


def _alone(service: str) -> Callable[[Home], Awaitable[Supervisor]]:
    async def supervise_one(home: Home) -> Supervisor:
        return await prepare_mesh(Installation(home), service)

    return supervise_one


supervise_payment_provider = _alone("payment_provider")
supervise_card_agent = _alone("card_agent")
supervise_lgwan_asp = _alone("lgwan_asp")
supervise_ward_gateway = _alone("ward_gateway")
