"""A process that dies, or whose database is restarted, at the n-th commit of what it is doing.

Knows no service: whatever opens units of work can be made mortal. Death is a BaseException, so that
no `except Exception` of ours outlives it; the network that carried the question catches it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import asyncpg
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.kit.rounds import Rounds, RoundStatement

Blow = Literal["killed_before", "killed_after", "database_lost_before", "database_lost_after"]
BLOWS: tuple[Blow, ...] = (
    "killed_before",
    "killed_after",
    "database_lost_before",
    "database_lost_after",
)
END_EVERY_CONNECTION = text(
    "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
ARE_LEFT = text("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(:ended)")
A_MOMENT = text("SELECT pg_sleep(0.002)")
PATIENCE_SECONDS = 5.0


class Killed(BaseException):
    """The process of this service ended here."""

    def __init__(self, service: str) -> None:
        self.service = service
        super().__init__(service)


@dataclass
class Death:
    """What happens to a service at its n-th commit from now on, and whether it has happened."""

    blow: Blow
    commit: int = 1
    struck: bool = False


@dataclass
class Deaths:
    """The deaths that are planned, one for a service at a time."""

    planned: dict[str, Death] = field(default_factory=dict)
    mortals: set[str] = field(default_factory=set)

    def plan(self, service: str, blow: Blow, commit: int = 1) -> Death:
        """Let a service meet a blow at its n-th commit from now."""
        assert service in self.mortals, service
        self.planned[service] = Death(blow, commit)
        return self.planned[service]

    def forget(self, service: str) -> None:
        """Plan nothing for a service any more."""
        self.planned.pop(service, None)

    def make_mortal(self, service: str, resources: Any) -> Any:
        """Return resources whose use cases can die; what stands outside (sandbox/) cannot."""
        self.mortals.add(service)
        opened: partial[Any] = resources.open_unit_of_work
        mortal = mortal_type(opened.func, partial(self._blow_now, service))
        engine = resources.foundation.engine
        rounds = getattr(resources, "rounds", None)
        if rounds is not None:
            arm_rounds(rounds, service, engine, partial(self._blow_now, service))
        return replace(
            resources,
            open_unit_of_work=lambda: _armed(mortal, service, engine, opened.args),
        )

    def _blow_now(self, service: str) -> Blow | None:
        """Count a commit; return the blow that falls at it."""
        death = self.planned.get(service)
        if death is None:
            return None
        death.commit -= 1
        if death.commit > 0:
            return None
        death.struck = True
        del self.planned[service]
        return death.blow


def _armed(mortal: type, service: str, engine: AsyncEngine, arguments: tuple[Any, ...]) -> Any:
    made = mortal(*arguments)
    made.mortal_service, made.mortal_engine = service, engine
    return made


def mortal_type(base: type, blow_now: Callable[[], Blow | None]) -> type:
    """Return a unit of work whose commit may be the last thing that its process does."""

    class Mortal(base):
        mortal_service: str
        mortal_engine: AsyncEngine

        async def commit(self) -> None:
            blow = blow_now()
            if blow == "killed_before":
                raise Killed(self.mortal_service)
            if blow == "database_lost_before":
                await end_connections(self.mortal_engine)
            await super().commit()
            if blow == "killed_after":
                raise Killed(self.mortal_service)
            if blow == "database_lost_after":
                await end_connections(self.mortal_engine)
                await self.connection.execute(text("SELECT 1"))  # fails: nobody hears of the commit

    return Mortal


def arm_rounds(
    rounds: Rounds, service: str, engine: AsyncEngine, blow_now: Callable[[], Blow | None]
) -> None:
    """Let a process die at what it writes in rounds, too: before its caller's, or after it."""
    immortal = rounds.row

    async def row(statement: RoundStatement, values: Mapping[str, Any]) -> Any:
        blow = blow_now() if statement.writes else None
        if blow == "killed_before":
            raise Killed(service)
        if blow == "database_lost_before":
            await end_connections(engine)
        found = await immortal(statement, values)
        if blow == "killed_after":
            raise Killed(service)
        if blow == "database_lost_after":
            await end_connections(engine)
            raise asyncpg.ConnectionDoesNotExistError(blow)  # nobody hears of the commit
        return found

    rounds.row = row  # type: ignore[method-assign]


async def end_connections(engine: AsyncEngine) -> None:
    """End every connection to an engine's database, as a restarted server does.

    The server's own waiting (pg_terminate_backend's second argument) looks every 100 ms only.
    """
    other = create_async_engine(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with other.connect() as connection:
        ended = [row.pid for row in await connection.execute(END_EVERY_CONNECTION)]
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await connection.scalar(ARE_LEFT, {"ended": ended}):
                await connection.execute(A_MOMENT)
    await other.dispose()
