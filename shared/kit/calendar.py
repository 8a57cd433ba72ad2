"""Bank business days as a small frozen object; holidays are data (calendars/*.toml). Pure."""

from __future__ import annotations

import calendar as month_lengths
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

FRIDAY = 4


class OutsideCalendar(ValueError):  # noqa: N818 - named as a fact
    """A day that the calendar's data does not cover."""


@dataclass(frozen=True)
class BusinessCalendar:
    """Weekdays that are no holiday, between the first and the last day that the data covers."""

    name: str
    first: date
    last: date
    holidays: frozenset[date]

    def is_business_day(self, day: date) -> bool:
        """Say whether banks are open; a day not covered is OutsideCalendar."""
        if not self.first <= day <= self.last:
            message = f"calendar {self.name} covers {self.first} to {self.last}, not {day}"
            raise OutsideCalendar(message)
        return day.weekday() <= FRIDAY and day not in self.holidays

    def on_or_after(self, day: date) -> date:
        """Return the day itself if it is a business day, else the next one."""
        while not self.is_business_day(day):
            day += timedelta(days=1)
        return day

    def add(self, day: date, business_days: int) -> date:
        """Return the n-th business day after a day (n >= 0; 0 means on or after)."""
        day = self.on_or_after(day) if business_days == 0 else day
        for _ in range(business_days):
            day = self.on_or_after(day + timedelta(days=1))
        return day

    def month_end(self, year: int, month: int) -> date:
        """Return the last day of a month, moved to the next business day if closed."""
        return self.on_or_after(date(year, month, month_lengths.monthrange(year, month)[1]))


def instalment_due_date(calendar: BusinessCalendar, fiscal_year: int, instalment: int) -> date:
    """Return the due date of instalment 1 (June) to 10 (March) of a fiscal year (DOMAIN §6)."""
    if not 1 <= instalment <= 10:  # noqa: PLR2004 - ten instalments a year
        message = f"instalments are numbered 1 to 10, not {instalment}"
        raise ValueError(message)
    months = fiscal_year * 12 + 5 + instalment - 1
    return calendar.month_end(months // 12, months % 12 + 1)


@cache
def japanese_banks() -> BusinessCalendar:
    """Return the calendar of Japanese banks: national holidays and 31 December to 3 January."""
    data = tomllib.loads((Path(__file__).parent / "calendars" / "japanese_banks.toml").read_text())
    days = {
        date.fromisoformat(f"{year}-{day}")
        for year, list_ in data["holidays"].items()
        for day in list_
    }
    years = sorted(int(year) for year in data["holidays"])
    for year in years:
        days |= {date(year, 1, 1), date(year, 1, 2), date(year, 1, 3), date(year, 12, 31)}
    return BusinessCalendar(
        "japanese_banks", date(years[0], 1, 1), date(years[-1], 12, 31), frozenset(days)
    )
