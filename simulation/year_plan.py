"""Who pays what, when and how in a year: a plan made from a seed before the first call.

The same seed and slips give the same plan; nothing in it depends on an id that anybody makes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from shared.kit.calendar import japanese_banks
from shared.kit.clock import TOKYO, tokyo_date
from simulation.banks import ATM_ACCOUNT, ATM_CASH, INTERNET_BANKING, SlipKeys
from simulation.cards import EXPIRED_CARD, GOOD_CARDS, OVER_LIMIT_CARD, TestCard

DAYS_AROUND_DUE = (  # (first day, last day, share in %) relative to the due date - BOOKS §6
    (-20, -11, 13),
    (-10, -4, 20),
    (-3, -1, 25),
    (0, 0, 18),
    (1, 7, 14),
    (8, 10, 10),
)
APP_HOURS = ((8, 11, 20), (12, 13, 14), (14, 18, 24), (19, 23, 42))
ATM_HOURS = ((9, 11, 36), (12, 14, 32), (15, 18, 32))
MEDIA = ((ATM_CASH, 40), (ATM_ACCOUNT, 25), (INTERNET_BANKING, 35))
SECOND_PAYMENT_DAYS = 1
AFTER_MORNING_HOUR, BEFORE_CUT_OFF_HOUR = 9, 16


class Trouble(StrEnum):
    """The five troubles of the demo, each of which must end as it should."""

    ANSWER_LOST = "answer_lost"
    PAID_TWICE = "paid_twice"
    CANCELLED = "cancelled"
    DECLINED = "declined"


@dataclass(frozen=True)
class Slip:
    """A slip as its payer holds it in the hand."""

    notice_number: str
    instalment: int
    amount_yen: int
    due_date: date
    barcode: str | None
    keys: SlipKeys


@dataclass(frozen=True)
class Volume:
    """How many accepted payments of each channel; declined cards come on top."""

    mobile_banking: int = 7
    mobile_credit: int = 28
    payeasy: int = 84
    declined: int = 2

    def share(self, numerator: int, denominator: int) -> Volume:
        """Return a part of the volume, with enough of each channel for the five troubles."""

        def part(count: int, least: int) -> int:
            return max(least, count * numerator // denominator)

        return Volume(
            part(self.mobile_banking, 1),
            part(self.mobile_credit, 3),
            part(self.payeasy, 3),
            self.declined,
        )


@dataclass(frozen=True)
class PlannedPayment:
    """One payment: a slip, a channel, an instant; trace is the bank's own running number."""

    at: datetime
    slip: Slip
    channel: str
    trace: str
    card: TestCard | None = None
    bank_code: str = ""
    medium: str = ""
    trouble: Trouble | None = None


def plan_year(
    seed: int, slips: Sequence[Slip], volume: Volume, banks: Sequence[str], first_day: date
) -> list[PlannedPayment]:
    """Return the payments in the order of time.

    Raises ValueError if there are too few slips. One slip is paid on two channels; one ATM cash
    payment is cancelled the same day and its slip stays unpaid; declined slips stay unpaid.
    """
    chance = random.Random(f"year {seed}")
    wanted = volume.mobile_banking + volume.mobile_credit + volume.payeasy - 1 + volume.declined
    ordered = sorted(slips, key=lambda slip: (slip.notice_number, slip.instalment))
    with_barcode = [slip for slip in ordered if slip.barcode is not None]
    if len(with_barcode) < wanted:
        raise ValueError(f"{wanted} slips are to be paid and only {len(with_barcode)} exist")
    chosen = iter(chance.sample(with_barcode, wanted))
    made = [
        *_credit(chance, chosen, volume, first_day),
        *_declined(chance, chosen, volume, first_day),
        *(_app(chance, next(chosen), None, first_day) for _ in range(volume.mobile_banking)),
        *_payeasy(chance, chosen, volume.payeasy - 1, banks, first_day),
    ]
    twice = next(p for p in made if p.channel == "mobile_credit" and p.trouble is None)
    made.remove(twice)
    made += _paid_twice(chance, twice, banks)
    made.sort(key=lambda p: (p.at, p.slip.notice_number, p.slip.instalment))
    return [_numbered(payment, number) for number, payment in enumerate(made, start=1)]


def _numbered(payment: PlannedPayment, number: int) -> PlannedPayment:
    values = {name: getattr(payment, name) for name in PlannedPayment.__dataclass_fields__}
    return PlannedPayment(**(values | {"trace": f"{number:08d}"}))


def _credit(
    chance: random.Random, slips: Iterator[Slip], volume: Volume, first_day: date
) -> Iterator[PlannedPayment]:
    for number in range(volume.mobile_credit):
        trouble = Trouble.ANSWER_LOST if number == 0 else None
        yield _app(chance, next(slips), chance.choice(GOOD_CARDS), first_day, trouble)


def _declined(
    chance: random.Random, slips: Iterator[Slip], volume: Volume, first_day: date
) -> Iterator[PlannedPayment]:
    for number in range(volume.declined):
        card = (OVER_LIMIT_CARD, EXPIRED_CARD)[number % 2]
        yield _app(chance, next(slips), card, first_day, Trouble.DECLINED)


def _app(
    chance: random.Random,
    slip: Slip,
    card: TestCard | None,
    first_day: date,
    trouble: Trouble | None = None,
) -> PlannedPayment:
    channel = "mobile_credit" if card else "mobile_banking"
    at = _instant(chance, slip.due_date, APP_HOURS, first_day)
    return PlannedPayment(at, slip, channel, "", card=card, trouble=trouble)


def _payeasy(
    chance: random.Random,
    slips: Iterator[Slip],
    count: int,
    banks: Sequence[str],
    first_day: date,
) -> Iterator[PlannedPayment]:
    for number in range(count):
        slip, bank = next(slips), chance.choice(banks)
        if number == 0:  # its bank has told the centre at once when the machine jams
            at = _instant(chance, slip.due_date, ATM_HOURS, first_day)
            at = _on_business_day(at)
            yield PlannedPayment(
                at, slip, "payeasy", "", None, banks[0], ATM_CASH, trouble=Trouble.CANCELLED
            )
            continue
        medium = chance.choices([m for m, _ in MEDIA], [share for _, share in MEDIA])[0]
        hours = APP_HOURS if medium == INTERNET_BANKING else ATM_HOURS
        at = _instant(chance, slip.due_date, hours, first_day)
        yield PlannedPayment(at, slip, "payeasy", "", None, bank, medium)


def _paid_twice(
    chance: random.Random, first: PlannedPayment, banks: Sequence[str]
) -> list[PlannedPayment]:
    """Pay one slip by card and soon after at a bank, before the ward has had its key deleted.

    The ward hears of the first payment at 08:30, and the centre applies its delete after 17:00 of
    that day: who has paid before the ward's morning pays again on the same day, others on the next.
    """
    days = 0 if first.at.hour < AFTER_MORNING_HOUR else SECOND_PAYMENT_DAYS
    later = first.at + timedelta(days=days)
    hour = BEFORE_CUT_OFF_HOUR if days == 0 else min(later.hour, BEFORE_CUT_OFF_HOUR)
    later = later.replace(hour=hour)
    by_card = PlannedPayment(
        first.at, first.slip, first.channel, "", card=first.card, trouble=Trouble.PAID_TWICE
    )
    bank = chance.choice(banks)
    at_bank = PlannedPayment(
        later, first.slip, "payeasy", "", None, bank, INTERNET_BANKING, Trouble.PAID_TWICE
    )
    return [by_card, at_bank]


def _instant(
    chance: random.Random, due: date, hours: Sequence[tuple[int, int, int]], first_day: date
) -> datetime:
    first, last, _ = chance.choices(DAYS_AROUND_DUE, [share for *_, share in DAYS_AROUND_DUE])[0]
    day = max(due + timedelta(days=chance.randint(first, last)), first_day)
    from_hour, to_hour, _ = chance.choices(hours, [share for *_, share in hours])[0]
    return datetime(
        day.year,
        day.month,
        day.day,
        chance.randint(from_hour, to_hour),
        chance.randint(0, 59),
        tzinfo=TOKYO,
    )


def _on_business_day(at: datetime) -> datetime:
    day = japanese_banks().on_or_after(tokyo_date(at))
    return at.replace(year=day.year, month=day.month, day=day.day)
