"""The only place that may ask the machine what time it is, and the two times of DESIGN rule 9.

Business time is what a law, a contract or a file dates; machine time protects the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from shared.kit.refusals import Refusal

TOKYO = ZoneInfo("Asia/Tokyo")


def machine_now() -> datetime:
    """Return the machine's time, aware UTC: certificates, tokens, time-outs, retries, leases."""
    return datetime.now(UTC)


def tokyo_date(instant: datetime) -> date:
    """Return the calendar day of an instant in Tokyo."""
    return instant.astimezone(TOKYO).date()


def tokyo_time(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """Return the instant of a Tokyo wall-clock time, in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=TOKYO).astimezone(UTC)


class ClockMovedBackwards(Refusal):
    """The mesh's clock cannot be moved backwards; it already stands later than that."""

    code = "clock_moved_backwards"


class ClockMode(StrEnum):
    """FROZEN stands still until it is moved; RUNNING goes on from where it was set."""

    FROZEN = "frozen"
    RUNNING = "running"


class Clock(Protocol):
    """Business time, as an argument."""

    def now(self) -> datetime:
        """Return business time, aware UTC."""
        ...

    def today(self) -> date:
        """Return today's date in Tokyo, in business time."""
        ...


class SystemClock:
    """Business time is the machine's time: outside the sandbox."""

    def now(self) -> datetime:
        """Return the machine's time."""
        return machine_now()

    def today(self) -> date:
        """Return today in Tokyo."""
        return tokyo_date(self.now())


@dataclass
class MeshClock:
    """The sandbox's business time: an instant that its service's clock row holds (clock_row)."""

    instant: datetime
    mode: ClockMode = ClockMode.FROZEN
    set_at: datetime | None = None

    def now(self) -> datetime:
        """Return business time: the instant itself when frozen, else that plus what has passed."""
        if self.mode is ClockMode.FROZEN or self.set_at is None:
            return self.instant
        return self.instant + max(machine_now() - self.set_at, timedelta(0))

    def today(self) -> date:
        """Return today in Tokyo."""
        return tokyo_date(self.now())

    def take(self, instant: datetime, mode: ClockMode, set_at: datetime) -> None:
        """Stand where the stored clock row says (it was checked before it was stored)."""
        self.instant, self.mode, self.set_at = instant, mode, set_at
