"""When the centre answers inquiries: closed hours of a week, outages, the start of a service day.

Pure; every time of day is Tokyo's and is handed in. Money is taken at any hour: only inquiries ask.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MIDNIGHT = time(0)
END_OF_DAY = "24:00"
TIME_OF_DAY = r"(?:[01]\d|2[0-3]):[0-5]\d"
OUTAGE_MAX = timedelta(days=7)
"""A longer outage is a slip of the pen: it would close the centre for a year unseen."""


class OutageKind(StrEnum):
    """PLANNED: announced, inquiries are 91 meanwhile; DOWN: the centre fails (sandbox), 90."""

    DOWN = "down"
    PLANNED = "planned"


class Service(StrEnum):
    """Whether inquiries are answered at the moment."""

    OPEN = "open"
    CLOSED = "closed"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class ClosedHours:
    """Hours of one weekday (0 is Monday) without service; end None is the midnight after it."""

    weekday: int
    start: time
    end: time | None

    def hold(self, local: datetime) -> bool:
        """Say whether a Tokyo time lies in these hours; their end does not."""
        at = local.time()
        before_end = self.end is None or at < self.end
        return local.weekday() == self.weekday and self.start <= at and before_end


def service_at(
    local: datetime, closed_weekly: Sequence[ClosedHours], outage: OutageKind | None
) -> Service:
    """Say whether inquiries are answered at a Tokyo time, with what outage is on then."""
    if outage is OutageKind.DOWN:
        return Service.DOWN
    if outage is OutageKind.PLANNED or any(hours.hold(local) for hours in closed_weekly):
        return Service.CLOSED
    return Service.OPEN


def service_day(local: datetime, start: time) -> date:
    """Return the service day of a Tokyo time: before its start it is still the day before."""
    day = local.date()
    return day if local.time() >= start else day - timedelta(days=1)


def outage_is_possible(starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Say whether a planned outage has an end after its start and now, and is not too long."""
    return max(starts_at, now) < ends_at <= starts_at + OUTAGE_MAX


def time_of_day(value: object) -> time:
    """Read `service_day_start` of a contract, such as 03:00; a ValueError names it."""
    if not isinstance(value, str) or not re.fullmatch(TIME_OF_DAY, value):
        raise ValueError("service_day_start is a time of day such as 03:00")
    return time.fromisoformat(value)


def closed_hours(value: object) -> tuple[ClosedHours, ...]:
    """Read `closed_weekly` of a contract: a list of {weekday, from, to}, each within one day.

    `to` may be "24:00". A ValueError names the field and the reason.
    """
    if not isinstance(value, list):
        raise ValueError("closed_weekly is a list")  # noqa: TRY004 - one kind of error for a reader
    return tuple(_closed_hours(entry) for entry in value)


def _closed_hours(entry: object) -> ClosedHours:
    if not isinstance(entry, dict) or set(entry) != {"weekday", "from", "to"}:
        raise ValueError("closed_weekly: exactly weekday, from and to are needed")
    if entry["weekday"] not in WEEKDAYS:
        raise ValueError(f"closed_weekly.weekday is one of {', '.join(WEEKDAYS)}")
    for name in ("from", "to"):
        ends = name == "to" and entry[name] == END_OF_DAY
        if not ends and not re.fullmatch(TIME_OF_DAY, str(entry[name])):
            raise ValueError(f"closed_weekly.{name} is a time of day such as 01:30")
    start = time.fromisoformat(entry["from"])
    end = None if entry["to"] == END_OF_DAY else time.fromisoformat(entry["to"])
    if end is not None and end <= start:
        raise ValueError("closed_weekly.to comes after from; hours past midnight are two entries")
    return ClosedHours(WEEKDAYS.index(entry["weekday"]), start, end)
