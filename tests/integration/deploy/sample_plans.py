"""Plans for a detached supervisor: what the tests let it look after."""

from __future__ import annotations

from deploy.home import Home
from deploy.supervisor import ServiceCommand, Supervisor

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def sleeper(home: Home, name: str) -> ServiceCommand:
    return ServiceCommand(("sleep", "60"), ENVIRONMENT, home.log(name))


def shell(home: Home, name: str, script: str) -> ServiceCommand:
    return ServiceCommand(("sh", "-c", script), ENVIRONMENT, home.log(name))


async def two_sleepers(home: Home) -> Supervisor:
    return Supervisor(home, {name: sleeper(home, name) for name in ("first", "second")})


async def broken(home: Home) -> Supervisor:
    """Fail after something was started."""
    await Supervisor(home, {"first": sleeper(home, "first")}).start()
    message = "the plan is broken"
    raise RuntimeError(message)
