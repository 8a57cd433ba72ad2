"""Late charge (延滞金) at the time of an inquiry, by a dated table of rates (DOMAIN §5.3).

Pure. Off unless a contract has rules; the ward books what this adds, the centre only tells it.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from shared.kit.money import ZERO_YEN, Yen

DAYS_OF_A_YEAR = 365
"""The divisor in leap years too (DOMAIN §5.3)."""
PERMILLE = 1_000
PRINCIPAL_MIN_YEN = Yen(2_000)
PRINCIPAL_UNIT_YEN = 1_000
CHARGE_MIN_YEN = Yen(1_000)
CHARGE_UNIT_YEN = 100
FIRST_MONTHS = (1, 3)
UNTIL_DUNNING = "until_dunning_deadline"
_DAY = timedelta(days=1)
_LAST_MONTH = 12


class RateUnknown(ValueError):  # noqa: N818 - named as a fact
    """The table has no rate for a day that is charged; the message names the day."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The two yearly rates that hold from first_day to last_day (None: until they change)."""

    first_day: date
    last_day: date | None
    first_permille: int
    second_permille: int

    def hold(self, day: date) -> bool:
        """Say whether they hold on a day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class LateChargeRules:
    """A ward's rules: how many months the first rate holds, and the rates in order, gapless."""

    first_months: int
    table: tuple[Rates, ...]


def late_charge(principal_yen: Yen, due_date: date, paid_on: date, rules: LateChargeRules) -> Yen:
    """Return the late charge for payment on a day, in yen; paid_on counts, the due date does not.

    The principal is cut to thousands (below 2,000: none); each day costs its rate over 365; the
    sum is exact and cut once; below 1,000 none, else cut to hundreds. RateUnknown if the table
    does not reach.
    """
    if principal_yen < PRINCIPAL_MIN_YEN or paid_on <= due_date:
        return ZERO_YEN
    base = principal_yen // PRINCIPAL_UNIT_YEN * PRINCIPAL_UNIT_YEN
    first_day = due_date + _DAY
    turn = months_after(first_day, rules.first_months)
    permille_days = _permille_days(first_day, min(turn - _DAY, paid_on), rules, first=True)
    permille_days += _permille_days(turn, paid_on, rules, first=False)
    charge = base * permille_days // (PERMILLE * DAYS_OF_A_YEAR)
    return ZERO_YEN if charge < CHARGE_MIN_YEN else Yen(charge // CHARGE_UNIT_YEN * CHARGE_UNIT_YEN)


def months_after(first_day: date, months: int) -> date:
    """Return the first day after a period of months; the day of the month, or the next month's 1st.

    民法143条2項: a period whose last month lacks that day ends with the last day of that month.
    """
    years, month = divmod(first_day.month - 1 + months, _LAST_MONTH)
    year, month = first_day.year + years, month + 1
    length = monthrange(year, month)[1]
    if first_day.day <= length:
        return date(year, month, first_day.day)
    return date(year, month, length) + _DAY


def _permille_days(first_day: date, last_day: date, rules: LateChargeRules, *, first: bool) -> int:
    """Sum up the rates of every day from first_day to last_day, in permille."""
    total, day = 0, first_day
    while day <= last_day:
        rates = next((rates for rates in rules.table if rates.hold(day)), None)
        if rates is None:
            raise RateUnknown(f"no late charge rate holds on {day.isoformat()}")
        until = last_day if rates.last_day is None else min(last_day, rates.last_day)
        days = (until - day).days + 1
        total += days * (rates.first_permille if first else rates.second_permille)
        day = until + _DAY
    return total


def late_charge_rules(value: object) -> LateChargeRules:
    """Read `late_charge` of a contract: {first_months, table: [{from, to, …_permille}]}.

    A ValueError names the field and the reason. The variant that runs until the dunning deadline
    (督促の指定期限) is refused: no billing record carries that date.
    """
    if not isinstance(value, dict) or set(value) != {"first_months", "table"}:
        raise ValueError("late_charge: exactly first_months and table are needed")
    months = value["first_months"]
    if months == UNTIL_DUNNING:
        raise ValueError(
            f"late_charge.first_months: {UNTIL_DUNNING} needs a date that no billing record carries"
        )
    if type(months) is not int or months not in FIRST_MONTHS:
        raise ValueError("late_charge.first_months is 1 or 3")
    if not isinstance(value["table"], list) or not value["table"]:
        raise ValueError("late_charge.table is a list of rates, with at least one")
    table = tuple(_rates(entry) for entry in value["table"])
    for one, following in pairwise(table):
        if one.last_day is None or following.first_day != one.last_day + _DAY:
            raise ValueError("late_charge.table: each `from` is the day after the `to` before it")
    return LateChargeRules(months, table)


def _rates(entry: object) -> Rates:
    fields = {"from", "to", "first_permille", "second_permille"}
    if not isinstance(entry, dict) or set(entry) != fields:
        raise ValueError(f"late_charge.table: exactly {', '.join(sorted(fields))} are needed")
    for name in ("first_permille", "second_permille"):
        if type(entry[name]) is not int or not 0 <= entry[name] <= PERMILLE:
            raise ValueError(f"late_charge.table: {name} is a whole number from 0 to {PERMILLE}")
    first = _day(entry["from"], "from")
    last = None if entry["to"] is None else _day(entry["to"], "to")
    if last is not None and last < first:
        raise ValueError("late_charge.table: `to` does not come before `from`")
    return Rates(first, last, entry["first_permille"], entry["second_permille"])


def _day(value: object, name: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(f"late_charge.table: {name} is a date such as 2025-04-01") from error
