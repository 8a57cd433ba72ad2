"""What the centre must be told before it starts; no default hosts, secrets, certificates."""

from __future__ import annotations

from datetime import time

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.kit.service_settings import DoorSettings, ServiceSettings


class Settings(ServiceSettings):
    """LGWAN_ASP_*: three doors, no peers (the centre asks nobody), and limits.

    wrong_numbers_max: wrong confirmation numbers per key, bank and day before it is locked;
    sessions_kept_days: how long after its end a session waits for a late notification;
    slow_*: from how many wrong numbers of a bank in a day, and beyond what share of its
    inquiries, each of its inquiries waits how many machine seconds, how many at once;
    preliminary_times: when 速報 is made, every day, Tokyo times of day;
    files_kept_days: how long after its acknowledgement a file's bytes are kept.
    """

    model_config = SettingsConfigDict(
        env_prefix="LGWAN_ASP_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    lgwan: DoorSettings
    mpn: DoorSettings
    operator: DoorSettings
    wrong_numbers_max: int = Field(default=10, ge=1)
    sessions_kept_days: int = Field(default=35, ge=1)
    slow_after_wrong: int = Field(default=50, ge=1)
    slow_share_percent: int = Field(default=20, ge=0, le=100)
    slow_seconds: float = Field(default=2.0, ge=0, le=30)
    slow_at_once: int = Field(default=4, ge=1)
    preliminary_times: tuple[time, ...] = Field(
        default=(time(11), time(14), time(20)), min_length=1, max_length=24
    )
    files_kept_days: int = Field(default=90, ge=1)

    @property
    def doors(self) -> dict[str, DoorSettings]:
        """Return the doors by name."""
        return {"lgwan": self.lgwan, "mpn": self.mpn, "operator": self.operator}
