"""代理納付 that goes wrong on purpose (sandbox): late, in part, short of yen, or not reported.

What is wrong here must be seen by the ward; nothing of it is ever told to anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.card_agent.domain.transfer_orders import DueCommission
from shared.kit.calendar import BusinessCalendar
from shared.kit.money import ZERO_YEN, Yen


class TroubleKind(StrEnum):
    """late: all of the day's, some business days later. partial: so many commissions, on the next.

    short: the order is so many yen less than its commissions. unreported: so many commissions are
    never in a report.
    """

    LATE = "late"
    PARTIAL = "partial"
    SHORT = "short"
    UNREPORTED = "unreported"


@dataclass(frozen=True)
class RemittanceTrouble:
    """One trouble with the commissions that are designated for a day (value_date).

    amount: business days (late), commissions (partial, unreported) or yen (short), from 1.
    """

    id: UUID
    municipality: str
    value_date: date
    kind: TroubleKind
    amount: int


@dataclass(frozen=True)
class Remittance:
    """What an order pays: the commissions that it is for, and its yen."""

    commissions: tuple[DueCommission, ...]
    amount_yen: Yen


def remittance_on(
    day: date,
    due: Sequence[DueCommission],
    troubles: Iterable[RemittanceTrouble],
    calendar: BusinessCalendar,
) -> Remittance:
    """Return what is paid on a day of what is due, with whatever trouble was planned.

    A day that is short of all its yen or more pays nothing: its commissions wait for the next one.
    """
    paid, missing = list(due), 0
    for trouble in troubles:
        own = [c for c in due if c.designated_date == trouble.value_date]
        if trouble.kind is TroubleKind.LATE and day < calendar.add(
            trouble.value_date, trouble.amount
        ):
            paid = [c for c in paid if c not in own]
        elif trouble.value_date != day:
            continue
        elif trouble.kind is TroubleKind.PARTIAL:
            left_out = sorted(own, key=lambda c: c.commission_number)[-trouble.amount :]
            paid = [c for c in paid if c not in left_out]
        elif trouble.kind is TroubleKind.SHORT:
            missing += trouble.amount
    owed = sum((commission.amount_yen for commission in paid), ZERO_YEN)
    if owed <= missing:
        return Remittance((), ZERO_YEN)
    return Remittance(tuple(paid), Yen(int(owed) - missing))
