"""Japanese-era dates of six digits, YYMMDD, as the Zengin files carry them: 080606 is 2026-06-06.

The two digits do not name their era, so a date is read only within a window too short for two eras.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple


class Era(NamedTuple):
    """An era: its name, its first day, its last day, and the western year before its year 1."""

    name: str
    first_day: date
    last_day: date
    year_zero: int


ERAS = (
    Era("Reiwa", date(2019, 5, 1), date.max, 2018),
    Era("Heisei", date(1989, 1, 8), date(2019, 4, 30), 1988),
    Era("Showa", date(1926, 12, 25), date(1989, 1, 7), 1925),
)
ERA_YEAR_MAX = 99
# Reiwa 1 is Heisei 31: two readings of the same digits lie 30 years apart.
WINDOW_MAX = timedelta(days=29 * 365)
ERA_DIGITS = 6


class EraDateProblem(ValueError):  # noqa: N818 - named as what it is
    """Six digits that are no day of any era (not_a_date) or none in the window (outside_window)."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class EraWindow:
    """The days among which an era date is looked for, both ends included."""

    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.last_day - self.first_day <= WINDOW_MAX:
            raise ValueError("an era window runs forward and spans at most 29 years")

    @classmethod
    def around(cls, day: date, *, days_before: int = 3660, days_after: int = 366) -> EraWindow:
        """Return the window around a file's date: about ten years back and one ahead."""
        return cls(day - timedelta(days=days_before), day + timedelta(days=days_after))

    def read(self, digits: str) -> date:
        """Return the one day in this window that YYMMDD means; raise EraDateProblem."""
        if not (len(digits) == ERA_DIGITS and digits.isascii() and digits.isdigit()):
            raise EraDateProblem("not_a_date")
        candidates = [day for era in ERAS if (day := _day_in_era(era, digits)) is not None]
        if not candidates:
            raise EraDateProblem("not_a_date")
        for day in candidates:
            if self.first_day <= day <= self.last_day:
                return day
        raise EraDateProblem("outside_window")


class EraDays(dict[str, date]):
    """The days that YYMMDD means within one window, each read once; EraDateProblem otherwise."""

    def __init__(self, window: EraWindow) -> None:
        super().__init__()
        self._window = window

    def __missing__(self, digits: str) -> date:
        """Read a day that has not been asked for; a window has few enough to keep them all."""
        day = self[digits] = self._window.read(digits)
        return day


def era_digits(day: date) -> str:
    """Write a day as the YYMMDD of its own era; EraDateProblem before Showa."""
    for era in ERAS:
        if era.first_day <= day <= era.last_day:
            year = day.year - era.year_zero
            if year > ERA_YEAR_MAX:
                break
            return f"{year:02d}{day.month:02d}{day.day:02d}"
    raise EraDateProblem("not_a_date")


def _day_in_era(era: Era, digits: str) -> date | None:
    """Return the day, or None: Heisei, for one, ended on 30 April of its year 31."""
    if digits[:2] == "00":
        return None
    try:
        day = date(era.year_zero + int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    except ValueError:
        return None
    return day if era.first_day <= day <= era.last_day else None
