"""計算書 against 確報 and 入金, day by day: what whoever paid in says it paid (BOOKS §1.12).

A group is one channel and one day of pay-in. Knows no file and no store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.ward_gateway.domain.deposits import Deposit
from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from services.ward_gateway.domain.matching import Group
from shared.kit.calendar import BusinessCalendar
from shared.kit.money import Yen

MISSING_AFTER = 1
"""Business days after a pay-in by which its 計算書 must have come."""
UNEXPLAINED_AFTER = 2
"""Business days after which a reconciliation must have written a difference down."""
StatedFrom = Mapping[str, date]
"""From which day of pay-in a channel's money brings a 計算書, as agreed; no day: it never does."""


class Part(NamedTuple):
    """What a pay-in brings of one 賦課年度 and 期 (0 and 0: of slips without a key of ours)."""

    levy_year: int
    instalment: int
    receipt_count: int
    amount_yen: Yen


class PayInKey(NamedTuple):
    """What makes a pay-in one pay-in."""

    channel: str
    paid_in_on: date
    remitter_code: str
    collected_from: date
    collected_to: date


@dataclass(frozen=True, slots=True)
class PayIn:
    """One pay-in as its 計算書 tells it; the parts add up to its count and total."""

    key: PayInKey
    receipt_count: int
    total_yen: Yen
    parts: tuple[Part, ...]


class Compared(NamedTuple):
    """A group's three sides in yen; stated_yen: None while no 計算書 of that day has come."""

    group: Group
    stated_yen: int | None
    confirmed_yen: int
    came_yen: int

    @property
    def awaited_yen(self) -> int:
        """What the 計算書 says beyond the confirmed receipts: 確報 is still to come."""
        return max(0, (self.stated_yen or 0) - self.confirmed_yen)


class Difference(NamedTuple):
    """Why a group's statement and its receipts do not agree, and by how many yen (from 1)."""

    code: ExceptionCode
    yen: int


def confirmed_by_day(
    own: Mapping[Group, int],
    crossing: Mapping[tuple[Group, date], int],
    stated: Mapping[Group, int],
) -> dict[Group, int]:
    """Return the 確報 of each group as a 計算書 counts them, in yen.

    own: by the day on which their money was told to come. crossing: so much of a group's came with
    a deposit of another day. Yen that their own day's statement covers stay there; what it does not
    cover belongs to the pay-in that brought it, as an order that makes up for a missed one does.
    """
    by_day = dict(own)
    for (group, day), yen in sorted(crossing.items()):
        moved = min(yen, max(0, by_day.get(group, 0) - stated.get(group, 0)))
        if moved:
            paid_with = Group(group.channel, day)
            by_day[group] -= moved
            by_day[paid_with] = by_day.get(paid_with, 0) + moved
    return by_day


def compare(
    stated: Mapping[Group, int], confirmed: Mapping[Group, int], came: Mapping[Group, int]
) -> list[Compared]:
    """Return the three sides of every group that has any, by channel and day."""
    groups = sorted(stated.keys() | confirmed.keys() | came.keys())
    return [Compared(g, stated.get(g), confirmed.get(g, 0), came.get(g, 0)) for g in groups]


def difference_of(compared: Compared, stated_from: StatedFrom) -> Difference | None:
    """Say what is wrong with a group, whatever day it is; None if nothing is.

    Without a statement: wrong only where money came and a statement is agreed. Money that has not
    come, or too much of it, is other exceptions' matter (funds_late, deposit_excess).
    """
    if compared.stated_yen is None:
        channel, day = compared.group
        agreed = channel in stated_from and day >= stated_from[channel]
        if not agreed or compared.came_yen <= 0:
            return None
        return Difference(ExceptionCode.PAY_IN_STATEMENT_MISSING, compared.came_yen)
    yen = abs(compared.stated_yen - compared.confirmed_yen)
    return Difference(ExceptionCode.PAY_IN_STATEMENT_DIFFERS, yen) if yen else None


_DETAILS = {
    ExceptionCode.PAY_IN_STATEMENT_MISSING: "Money came, and no pay-in statement (計算書) with it.",
    ExceptionCode.PAY_IN_STATEMENT_DIFFERS: (
        "The pay-in statement (計算書) of this day is not what the confirmed receipts sum up to."
    ),
}


def find_statement_differences(
    groups: Iterable[Compared], stated_from: StatedFrom, today: date, calendar: BusinessCalendar
) -> list[Finding]:
    """Return the groups whose statement differs, from the next day on, or is missing by then."""
    return [
        Finding(found.code, "group", compared.group.name, Yen(found.yen), _DETAILS[found.code])
        for compared in groups
        if (found := difference_of(compared, stated_from)) is not None
        and _is_due(found.code, compared.group.transfer_date, today, calendar)
    ]


def _is_due(code: ExceptionCode, day: date, today: date, calendar: BusinessCalendar) -> bool:
    if code is ExceptionCode.PAY_IN_STATEMENT_MISSING:
        return calendar.add(day, MISSING_AFTER) < today
    return day < today


def statement_only(
    excess: Iterable[tuple[Deposit, int]], awaited: Mapping[Group, int]
) -> dict[UUID, int]:
    """Return how much of each deposit's leftover yen only a 計算書 explains: heap C2.

    A group's awaited yen are given to its deposits in the order of the bank lines; what is left
    after that is 過入金.
    """
    left = dict(awaited)
    explained: dict[UUID, int] = {}
    for deposit, yen in sorted(excess, key=lambda pair: pair[0].key):
        group = Group(deposit.channel or "", deposit.value_date)
        taken = min(yen, left.get(group, 0))
        if taken:
            left[group] -= taken
            explained[deposit.id] = taken
    return explained


Sides = dict[object, tuple[int, int]]
"""確報 and 計算書 of each day."""


def statement_sides(
    groups: Iterable[Compared],
    named: Mapping[tuple[str, str], int],
    stated_from: StatedFrom,
    as_of: date,
    calendar: BusinessCalendar,
) -> Iterator[tuple[str, Sides, int]]:
    """Yield each channel with both sides of I7 on its days, and how many days are exceptions.

    named: the yen of open exceptions by (code, subject id). A difference that is such a line, to
    the yen, is explained (I7: a difference is an exception line) and counts as equal; one that is
    not breaks the identity. Days that are too young to be judged are left out (締め跨ぎ).
    """
    sides: dict[str, Sides] = {}
    explained: dict[str, int] = {}
    for compared in groups:
        channel, day = compared.group
        found = difference_of(compared, stated_from)
        if compared.stated_yen is None and found is None:
            continue
        if calendar.add(day, UNEXPLAINED_AFTER) >= as_of:
            continue
        confirmed, stated = compared.confirmed_yen, compared.stated_yen or 0
        if found and named.get((found.code.value, compared.group.name)) == found.yen:
            explained[channel] = explained.get(channel, 0) + 1
            stated = confirmed
        sides.setdefault(channel, {})[day] = (confirmed, stated)
    for channel in sorted(sides):
        yield channel, sides[channel], explained.get(channel, 0)
