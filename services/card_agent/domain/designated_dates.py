"""指定日: by when a commission is paid over, by the rule of each contract (OWN DESIGN, BOOKS §2.1).

Knows days and the calendar of banks; no commission and no money.
"""

from __future__ import annotations

import calendar as month_lengths
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from services.card_agent.domain.refusals import BankDaysUnknown
from shared.kit.calendar import BusinessCalendar, OutsideCalendar

HALF_MONTH_DAY = 15
NETWORK_AHEAD = timedelta(days=1)
"""A commission's day is the card network's, which may be past midnight before we are."""


class DesignatedRule(StrEnum):
    """Which commissions are paid together: those of a day, of half a month, of a month."""

    PER_DAY = "per_day"
    HALF_MONTH = "half_month"
    MONTH_END = "month_end"


@dataclass(frozen=True)
class DesignatedDates:
    """The rule, and how many bank business days (from 1) lie after its close."""

    rule: DesignatedRule
    business_days: int

    def of(self, commissioned_on: date, calendar: BusinessCalendar) -> date:
        """Return the 指定日 of a commission, always a day on which banks are open."""
        return calendar.add(self._close(commissioned_on), self.business_days)

    def demand_known(self, today: date, calendar: BusinessCalendar) -> None:
        """Raise BankDaysUnknown unless a commission of today will have a 指定日 in the calendar.

        Asked before any network: what it approves must be possible to write down.
        """
        try:
            self.of(today + NETWORK_AHEAD, calendar)
        except OutsideCalendar as outside:
            raise BankDaysUnknown from outside

    def _close(self, day: date) -> date:
        if self.rule is DesignatedRule.PER_DAY:
            return day
        if self.rule is DesignatedRule.HALF_MONTH and day.day <= HALF_MONTH_DAY:
            return day.replace(day=HALF_MONTH_DAY)
        return day.replace(day=month_lengths.monthrange(day.year, day.month)[1])
