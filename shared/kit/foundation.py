"""What every organisation stands on: engine, clock, tokens, users, journal, faults on demand.

Built once per process, without opening anything; holds nothing of any business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import MetaData, Table
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.kit.address_limits import AddressLimit
from shared.kit.clock import Clock, MeshClock
from shared.kit.clock_row import clock_table
from shared.kit.faults import Faults
from shared.kit.journal import JournalTables, journal_tables
from shared.kit.logins import users_table
from shared.kit.tls import RefusedConnections
from shared.kit.tokens import TokenIssuer


@dataclass(frozen=True)
class FoundationTables:
    """The tables that every organisation's database has."""

    journal: JournalTables
    clock: Table
    users: Table


def foundation_tables(metadata: MetaData) -> FoundationTables:
    """Declare history, audit, clock and users in a service's metadata."""
    return FoundationTables(
        journal=journal_tables(metadata), clock=clock_table(metadata), users=users_table(metadata)
    )


@dataclass(frozen=True)
class Foundation:
    """The common part of every service's resources; address_limits are by arrow name."""

    service: str
    engine: AsyncEngine
    clock: Clock
    tokens: TokenIssuer
    tables: FoundationTables
    sandbox: bool = False
    faults: Faults = field(default_factory=Faults)
    address_limits: Mapping[str, AddressLimit] = field(default_factory=dict)
    refused_connections: dict[str, RefusedConnections] = field(default_factory=dict)

    @property
    def mesh_clock(self) -> MeshClock | None:
        """Return the clock that can be moved, or None outside the sandbox."""
        return self.clock if isinstance(self.clock, MeshClock) else None

    async def close(self) -> None:
        """Close the engine, after every door has drained."""
        await self.engine.dispose()
