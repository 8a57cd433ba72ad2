"""Which deposit is whose money: a channel's deposits against its confirmed receipts, day by day.

A group is one channel and one day: of receipts the day on which their money is told to come, of
deposits the 勘定日. Knows no store and no clock, and nothing of what was matched before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.ward_gateway.domain.clearings import LiveReceipt
from services.ward_gateway.domain.deposits import Deposit


class Group(NamedTuple):
    """One channel's pay-in of one day."""

    channel: str
    transfer_date: date

    @property
    def name(self) -> str:
        """The subject id of an exception about the group."""
        return f"{self.channel}:{self.transfer_date.isoformat()}"


class Funding(NamedTuple):
    """So many yen of a deposit are the money of a receipt (more than 0)."""

    receipt_id: UUID
    deposit_id: UUID
    yen: int


@dataclass(frozen=True)
class Matching:
    """What funds what, and what is left over on either side."""

    fundings: tuple[Funding, ...]
    funded: frozenset[UUID]
    """Receipts whose every yen has come."""
    short: frozenset[UUID]
    excess: tuple[tuple[Deposit, int], ...]
    """Deposits with the yen that no receipt explains."""


class Balance(NamedTuple):
    """Both sides of a group in yen. restless: what is stored is not what its own money would do.

    oldest: the first 振込予定日 among its receipts, None without receipts.
    """

    group: Group
    owed_yen: int
    came_yen: int
    oldest: date | None
    restless: bool


def pay_day(receipt: LiveReceipt) -> date | None:
    """Return the day of a receipt's money: the one that 丙 reports, else its 振込予定日."""
    return receipt.told_remitted_on or receipt.transfer_date


def groups_to_match(balances: Iterable[Balance]) -> list[Group]:
    """Return the groups that have to be matched anew, together; the others stand as they must.

    A group whose own money is exactly what it is owed gives nothing away and takes nothing, so it
    is left alone unless it is restless. One that waits for all of its money is left alone unless
    more came on a later day than that day's receipts explain.
    """
    known = list(balances)
    latest_excess: dict[str, date] = {}
    for balance in known:
        if balance.came_yen > balance.owed_yen:
            channel, day = balance.group
            latest_excess[channel] = max(day, latest_excess.get(channel, day))
    return sorted(b.group for b in known if _is_open(b, latest_excess.get(b.group.channel)))


def _is_open(balance: Balance, latest_excess: date | None) -> bool:
    if balance.restless:
        return True
    if balance.came_yen == balance.owed_yen:
        return False
    if balance.came_yen:
        return True
    oldest = balance.oldest
    return oldest is not None and latest_excess is not None and oldest < latest_excess


def match_channels(receipts: Iterable[LiveReceipt], deposits: Iterable[Deposit]) -> list[Matching]:
    """Match every channel by itself: no channel's money is another's (BOOKS §2.1)."""
    owed: dict[str, list[LiveReceipt]] = defaultdict(list)
    came: dict[str, list[Deposit]] = defaultdict(list)
    for receipt in receipts:
        owed[receipt.channel].append(receipt)
    for deposit in deposits:
        if deposit.channel is not None:
            came[deposit.channel].append(deposit)
    return [match_channel(owed[name], came[name]) for name in sorted(owed.keys() | came.keys())]


def match_channel(receipts: Iterable[LiveReceipt], deposits: Iterable[Deposit]) -> Matching:
    """Give a channel's yen to its receipts: first day by day, then what is left to what is late.

    A day's deposits pay the receipts of that day, the oldest 振込予定日 first, then the lowest
    identity. What a deposit leaves over is late money: it pays the oldest receipts whose date had
    passed when it came (A3 -> A1), never one that is not due yet: a yen too many stays 過入金. A
    receipt may be funded in part, and by several deposits. All is matched anew each time from both
    sides alone, so the result does not depend on what arrived first.
    """
    owed = sorted((r for r in receipts if r.transfer_date is not None), key=_oldest_first)
    came = sorted(deposits, key=lambda d: d.key)
    purse = _Purse(
        {receipt.id: int(receipt.amount_yen) for receipt in owed},
        {deposit.id: int(deposit.amount_yen) for deposit in came},
    )
    fundings = [*_pay_each_day(purse, owed, came), *purse.pour(owed, came, late_only=True)]
    short = frozenset(receipt_id for receipt_id, yen in purse.missing.items() if yen)
    excess = tuple((d, purse.left[d.id]) for d in came if purse.left[d.id])
    return Matching(tuple(fundings), frozenset(purse.missing) - short, short, excess)


def _oldest_first(receipt: LiveReceipt) -> tuple[date, str]:
    return receipt.transfer_date or date.max, receipt.identity


def _pay_each_day(
    purse: _Purse, owed: Sequence[LiveReceipt], came: Sequence[Deposit]
) -> Iterator[Funding]:
    receipts: dict[date | None, list[LiveReceipt]] = defaultdict(list)
    for receipt in owed:
        receipts[pay_day(receipt)].append(receipt)
    deposits: dict[date, list[Deposit]] = defaultdict(list)
    for deposit in came:
        deposits[deposit.value_date].append(deposit)
    for day, lines in deposits.items():
        yield from purse.pour(receipts[day], lines, late_only=False)


@dataclass
class _Purse:
    """What receipts still miss and deposits still hold, in yen, by id."""

    missing: dict[UUID, int]
    left: dict[UUID, int]

    def pour(
        self, owed: Sequence[LiveReceipt], came: Sequence[Deposit], *, late_only: bool
    ) -> Iterator[Funding]:
        """Pay receipts from deposits, both in their order; late_only: whose date had passed."""
        place = 0
        for deposit in came:
            while self.left[deposit.id] and place < len(owed):
                receipt = owed[place]
                if late_only and _oldest_first(receipt)[0] >= deposit.value_date:
                    break
                yen = min(self.missing[receipt.id], self.left[deposit.id])
                if yen:
                    self.missing[receipt.id] -= yen
                    self.left[deposit.id] -= yen
                    yield Funding(receipt.id, deposit.id, yen)
                place += self.missing[receipt.id] == 0
