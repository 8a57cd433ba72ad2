"""入金: lines of the ward's bank account, and which of them take back an earlier one.

Knows no receipt: whose money a deposit is, its remitter code alone says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from shared.kit.money import Yen


class BankReference(NamedTuple):
    """What makes a bank line one line: 勘定日, 照会番号, 取消区分."""

    value_date: date
    reference: str
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Deposit:
    """A bank line. channel: None if the remitter code is agreed with nobody; value_date: 勘定日."""

    id: UUID
    value_date: date
    reference: str
    remitter_code: str
    remitter_name_kana: str
    channel: str | None
    cancelled: bool
    amount_yen: Yen
    source_line: int

    @property
    def key(self) -> BankReference:
        """What makes this line one line."""
        return BankReference(self.value_date, self.reference, self.cancelled)

    def same_line(self, other: Deposit) -> bool:
        """Say whether two lines with one reference also say the same."""
        return (self.amount_yen, self.remitter_code) == (other.amount_yen, other.remitter_code)


@dataclass(frozen=True)
class Netted:
    """Bank lines after cancellations met their originals."""

    standing: tuple[Deposit, ...]
    reversed: tuple[Deposit, ...]
    """Originals that a cancelled line took back: together with it they are 0 yen (heap C6)."""
    unmatched: tuple[Deposit, ...]
    """Cancelled lines without an original of the same day, reference, remitter and amount."""


def net_of_reversals(deposits: Iterable[Deposit]) -> Netted:
    """Pair each cancelled line (取消区分 1) with its original; the order does not matter."""
    lines = list(deposits)
    cancelled = {line.key: line for line in lines if line.cancelled}
    standing, taken_back = [], []
    for line in lines:
        if line.cancelled:
            continue
        mirror = line.key._replace(cancelled=True)
        if mirror in cancelled and line.same_line(cancelled[mirror]):
            taken_back.append(line)
            del cancelled[mirror]
        else:
            standing.append(line)
    return Netted(tuple(standing), tuple(taken_back), tuple(cancelled.values()))


def find_in_bank_lines(netted: Netted) -> list[Finding]:
    """Return what the bank lines alone show: unknown remitters, cancellations of nothing."""
    unidentified = [
        Finding(
            ExceptionCode.DEPOSIT_UNIDENTIFIED,
            "deposit",
            str(line.id),
            line.amount_yen,
            "Money from a remitter code that is agreed with nobody (不明入金).",
        )
        for line in netted.standing
        if line.channel is None
    ]
    unmatched = [
        Finding(
            ExceptionCode.REVERSAL_UNMATCHED,
            "deposit",
            str(line.id),
            line.amount_yen,
            "A cancelled bank line takes back a deposit that was never booked here.",
        )
        for line in netted.unmatched
    ]
    return unidentified + unmatched
