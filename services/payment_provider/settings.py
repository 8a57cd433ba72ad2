"""What the provider must be told before it starts, from the environment (PAYMENT_PROVIDER_…)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.kit.service_settings import DoorSettings, PeerSettings, ServiceSettings


class Settings(ServiceSettings):
    """Three doors, one peer, and how patiently a payment is asked for (machine time).

    terms_file: the terms of use that payers accept, as JSON, every version that begins some day.
    connected_banks: the payers' banks that take part in app banking.
    slip_readings_per_minute: from one client address, in each copy of this service.
    card_payments_at_once: by each copy; more wait card_payment_wait_seconds (machine time) at most,
    and are then told to come back, with nothing recorded.
    """

    model_config = SettingsConfigDict(
        env_prefix="PAYMENT_PROVIDER_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    payers: DoorSettings
    leased_line: DoorSettings
    operator: DoorSettings
    card_agent: PeerSettings
    terms_file: Path
    asking_tries: int = Field(default=3, ge=1)
    asking_seconds: float = Field(default=5.0, gt=0)
    connected_banks: frozenset[str] = frozenset({"0001", "0005", "0009", "0010"})
    slip_readings_per_minute: int = Field(default=60, ge=1, le=60_000)
    card_payments_at_once: int = Field(default=64, ge=1, le=256)
    card_payment_wait_seconds: float = Field(default=1.0, gt=0, le=10)

    @property
    def doors(self) -> dict[str, DoorSettings]:
        """Return where each door listens, by name."""
        return {"payers": self.payers, "leased_line": self.leased_line, "operator": self.operator}
