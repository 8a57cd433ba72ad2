"""What the ward gateway must be told before it starts; secrets are files without a default."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict
from pydantic_settings import SettingsConfigDict

from shared.kit.service_settings import DoorSettings, PeerSettings, ServiceSettings


class TerminalSettings(BaseModel):
    """One dedicated terminal: whom it asks, as whom, and where its temporary copies stand.

    The two terminals are two machines with two keys (BOOKS §1.5): two blocks, two folders.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    peer: PeerSettings
    user_id: str
    password_file: Path
    copies_folder: Path


class Settings(ServiceSettings):
    """Environment variables WARD_GATEWAY_…, nested with two underscores.

    sealing_key_file: the ward's private JWK (P-256), to which the card agent seals its report.
    billing_changes: whether the ward has keys at the centre changed, deleted and put back when they
    no longer are what is owed (the paper's third function, which it calls optional).
    """

    model_config = SettingsConfigDict(
        env_prefix="WARD_GATEWAY_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    intranet: DoorSettings
    operator: DoorSettings
    leased_line_terminal: TerminalSettings
    lgwan_terminal: TerminalSettings
    sealing_key_file: Path
    billing_changes: bool = True

    @property
    def doors(self) -> dict[str, DoorSettings]:
        """Return every door of the ward by name."""
        return {"intranet": self.intranet, "operator": self.operator}
