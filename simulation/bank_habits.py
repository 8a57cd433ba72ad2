"""The habits of Pay-easy's banks: how often each asks and tells, how late, and whether on paper.

Knows times and counts only; what goes over the wire, and the money, are simulation/banks.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.kit.calendar import japanese_banks
from shared.kit.clock import tokyo_date, tokyo_time

PAY_IN_BUSINESS_DAYS = 2
"""Business days from 勘定日 to the ward's account (DOMAIN §2.3: two to three)."""
OPENING, EVENING_BATCH = (9, 0), (17, 0)
LATE_BY = timedelta(hours=3)


def at_once(paid_at: datetime) -> datetime:
    """Tell the centre at the moment of payment."""
    return paid_at


def hours_later(paid_at: datetime) -> datetime:
    """Tell the centre three hours after the payment."""
    return paid_at + LATE_BY


def next_business_day(paid_at: datetime) -> datetime:
    """Tell the centre when the next business day opens (DOMAIN §2.3: the post bank)."""
    return tokyo_time(japanese_banks().add(tokyo_date(paid_at), 1), *OPENING)


def evening_batch(paid_at: datetime) -> datetime:
    """Tell the centre with the next batch: at 17:00 of a business day."""
    day = japanese_banks().on_or_after(tokyo_date(paid_at))
    today = tokyo_time(day, *EVENING_BATCH)
    return today if paid_at < today else tokyo_time(japanese_banks().add(day, 1), *EVENING_BATCH)


@dataclass(frozen=True)
class Habit:
    """inquiries, tellings: how often it asks before, and tells after, taking one payment's money.

    tells_at: when; in_bulk: its counter reads the slip itself, asks nothing, and tells in batches.
    """

    name: str
    inquiries: int = 1
    tellings: int = 1
    tells_at: Callable[[datetime], datetime] = at_once
    in_bulk: bool = False


PATIENT = Habit("patient")
ASKS_TWICE = Habit("asks twice", inquiries=2)
NOTIFIES_LATE = Habit("notifies late", tells_at=hours_later)
THRICE = Habit("notifies three times", tellings=3)
LOSES_ANSWER = Habit("loses the answer and tells again", tellings=2)
NEXT_BUSINESS_DAY = Habit("notifies on the next business day", tells_at=next_business_day)
IN_BULK = Habit("notifies in bulk", tells_at=evening_batch, in_bulk=True)
HABITS: Mapping[str, Habit] = {
    "patient": PATIENT,
    "asks-twice": ASKS_TWICE,
    "notifies-late": NOTIFIES_LATE,
    "thrice": THRICE,
    "loses-answer": LOSES_ANSWER,
    "next-business-day": NEXT_BUSINESS_DAY,
    "in-bulk": IN_BULK,
}
"""Every habit by the name under which `mesh bank --habit` knows it."""


class PaperHabit(StrEnum):
    """Whether a bank's counters send 済通 to the ward: beside what they tell by wire, or alone."""

    NONE = "none"
    BESIDE = "beside"
    ALONE = "alone"


@dataclass(frozen=True)
class Bank:
    """A bank of the Multi-Payment Network, its habit, and after how many days it pays over.

    paper: of its counters; one that sends paper alone has machines that are connected, and counters
    that are not.
    """

    code: str
    habit: Habit = PATIENT
    pay_in_business_days: int = PAY_IN_BUSINESS_DAYS
    paper: PaperHabit = PaperHabit.NONE

    @property
    def caller(self) -> str:
        """Return the name in its certificate."""
        return f"bank-{self.code}"


DEMO_BANKS: Mapping[str, Bank] = {
    bank.code: bank
    for bank in (  # 9900 is the post bank; the codes from 0901 are invented, like all the habits
        Bank("0001", paper=PaperHabit.ALONE),
        Bank("0005"),
        Bank("0009", ASKS_TWICE),
        Bank("0901", NOTIFIES_LATE),
        Bank("0902", THRICE),
        Bank("0903", LOSES_ANSWER, pay_in_business_days=3),
        Bank("0904", IN_BULK, paper=PaperHabit.BESIDE),
        Bank("9900", NEXT_BUSINESS_DAY),
    )
}
"""The demo's banks by code; every one of them is appointed by its ward."""


def bank_with(paper: PaperHabit) -> str:
    """Return the code of the demo's bank whose counters send paper so."""
    return next(bank.code for bank in DEMO_BANKS.values() if bank.paper is paper)
