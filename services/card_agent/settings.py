"""What the card agent must be told before it starts; every secret is a file, none has a default."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from shared.kit.service_settings import DoorSettings, PeerSettings, ServiceSettings

HMAC_KEY_BYTES_MIN = 32


class Settings(ServiceSettings):
    """Environment variables CARD_AGENT_…, nested with two underscores.

    card_network: where the networks are reached; in sandbox mode they stand in this process and
    it is left out. network_deadline_seconds is machine time for one conversation with them;
    card_hmac_key_file holds the key by which a card is known again, outside of the database.
    card_tokens_per_minute: from one client address, in each copy of this service.
    sandbox_rules: a file that tells the sandbox's networks what to do with which question.
    undo_close_business_days and undo_close_time (Tokyo): until when a commission may be undone,
    counted from its day.
    """

    model_config = SettingsConfigDict(
        env_prefix="CARD_AGENT_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    payers: DoorSettings
    leased_line: DoorSettings
    operator: DoorSettings
    card_hmac_key_file: Path
    card_network: PeerSettings | None = None
    network_deadline_seconds: float = Field(default=3.0, gt=0, le=30)
    cards_in_memory: int = Field(default=10_000, ge=1)
    card_tokens_per_minute: int = Field(default=20, ge=1, le=60_000)
    sandbox_rules: Path | None = None
    undo_close_business_days: int = Field(default=1, ge=0, le=10)
    undo_close_time: time = time(17, 0)

    @model_validator(mode="after")
    def _one_card_network(self) -> Self:
        if self.sandbox == (self.card_network is not None):
            message = "card_network is needed outside of sandbox mode, and has no place in it"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _rules_only_in_sandbox(self) -> Self:
        if self.sandbox_rules is not None and not self.sandbox:
            message = "sandbox_rules is for sandbox mode only"
            raise ValueError(message)
        return self

    @property
    def doors(self) -> dict[str, DoorSettings]:
        """Return every door of the card agent by name."""
        return {"payers": self.payers, "leased_line": self.leased_line, "operator": self.operator}

    def card_hmac_key(self) -> bytes:
        """Return the key of the card hashes (at least 32 bytes)."""
        key = self.card_hmac_key_file.read_bytes().strip()
        if len(key) < HMAC_KEY_BYTES_MIN:
            message = f"{self.card_hmac_key_file}: this key has at least {HMAC_KEY_BYTES_MIN} bytes"
            raise ValueError(message)
        return key
