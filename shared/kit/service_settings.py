"""What every service must be told before it starts: doors, peers, database. No default secrets."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.kit.clock import Clock, ClockMode, MeshClock, SystemClock, machine_now
from shared.kit.peer import PeerAddress, PeerClient
from shared.kit.tls import OwnCertificate, client_context


class DoorSettings(BaseModel):
    """Where a door listens and what it shows; client_authority is empty on a public door."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: int
    certificate: Path
    key: Path
    client_authority: Path | None = None


class PeerSettings(BaseModel):
    """A peer's address, the name it must prove, and our certificate (none at a public door)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    server_name: str
    authority: Path
    certificate: Path | None = None
    key: Path | None = None

    def client(self) -> PeerClient:
        """Build the one client (and the one TLS context) for this peer; nothing is opened yet."""
        context = client_context(self.authority, self.certificate, self.key)
        address = PeerAddress(self.url, self.server_name)
        own = OwnCertificate.of(self.certificate) if self.certificate else None
        return PeerClient.over_tls(address, context, certificate=own)


class ServiceSettings(BaseSettings):
    """The settings that all four services share; each service adds its doors and peers.

    sandbox is off by default and cannot be switched while running; sandbox_clock_start is where a
    clock that was never set stands (frozen).
    """

    model_config = SettingsConfigDict(hide_input_in_errors=True)

    database_url: SecretStr
    database_pool_size: int = 10
    token_key_file: Path
    contracts_file: Path
    sandbox: bool = False
    sandbox_clock_start: datetime | None = None

    @model_validator(mode="after")
    def _clock_only_in_sandbox(self) -> Self:
        if self.sandbox_clock_start is not None and not self.sandbox:
            message = "sandbox_clock_start is for sandbox mode only"
            raise ValueError(message)
        return self

    def token_key(self) -> bytes:
        """Return the key that signs this service's login tokens (at least 32 bytes)."""
        key = self.token_key_file.read_bytes().strip()
        if len(key) < 32:  # noqa: PLR2004 - HS256 wants a key as long as its hash
            message = f"{self.token_key_file}: a token key has at least 32 bytes"
            raise ValueError(message)
        return key

    def clock(self) -> Clock:
        """Return the clock of this process: the mesh's in the sandbox, else the system's."""
        if not self.sandbox:
            return SystemClock()
        now = machine_now()
        return MeshClock(self.sandbox_clock_start or now, ClockMode.FROZEN, now)
