"""Who pays what, when and how in a year, and what is corrected: a plan made from a seed.

Made before the first call; nothing in it depends on an id that anybody makes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from shared.kit.calendar import japanese_banks
from shared.kit.clock import TOKYO, tokyo_date
from simulation.bank_habits import PAY_IN_BUSINESS_DAYS, PaperHabit, bank_with
from simulation.banks import ATM_ACCOUNT, ATM_CASH, COUNTER, INTERNET_BANKING, SlipKeys
from simulation.books import ClaimKey
from simulation.cards import EXPIRED_CARD, GOOD_CARDS, OVER_LIMIT_CARD, TestCard
from simulation.standard_system import MOVED_IN_NOTICE

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
COUNTER_HOURS = ((9, 11, 60), (12, 14, 40))
MEDIA = ((ATM_CASH, 40), (ATM_ACCOUNT, 25), (INTERNET_BANKING, 35))
SECOND_PAYMENT_DAYS = 1
AFTER_MORNING_HOUR, BEFORE_CUT_OFF_HOUR = 9, 16
CORRECTED_DAYS_BEFORE_DUE = 18
DAYS_WITH_NEW_SLIP = (-6, 3)
"""When a slip that was posted late is paid, in days from the due date: its key is in effect."""
FUNDED_BUSINESS_DAYS, APPLIED_BUSINESS_DAYS = 6, 4
STAYS_PERCENT = (40, 90)


class Trouble(StrEnum):
    """The five troubles of the demo's payments, each of which must end as it should."""

    ANSWER_LOST = "answer_lost"
    PAID_TWICE = "paid_twice"
    CANCELLED = "cancelled"
    DECLINED = "declined"


class Change(StrEnum):
    """What the standard system changes in the course of the year (更正, 追加)."""

    LOWERED_UNPAID = "lowered_before_payment"
    LOWERED_PAID = "lowered_after_payment"
    CANCELLED = "cancelled"
    ADDED_LATE = "added_late"


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
    """How many accepted payments of each channel; declined cards come on top.

    on_paper: payments of which a bank's counter tells on paper alone. As many of payeasy are told
    at a counter that sends paper too.
    """

    mobile_banking: int = 7
    mobile_credit: int = 28
    payeasy: int = 84
    declined: int = 2
    on_paper: int = 2

    def share(self, numerator: int, denominator: int) -> Volume:
        """Return a part of the volume, with enough of each channel for all that must happen."""

        def part(count: int, least: int) -> int:
            return max(least, count * numerator // denominator)

        return Volume(
            part(self.mobile_banking, 1),
            part(self.mobile_credit, 4),
            part(self.payeasy, 6),
            self.declined,
            part(self.on_paper, 1),
        )


@dataclass(frozen=True)
class PlannedPayment:
    """One payment: a claim, a channel, an instant; trace is the bank's own running number.

    slip: None if the payer waits for the one that the ward posts. paper_on: the Tokyo day on which
    paper about it comes to the ward.
    """

    at: datetime
    claim: ClaimKey
    channel: str
    trace: str = ""
    slip: Slip | None = None
    card: TestCard | None = None
    bank_code: str = ""
    medium: str = ""
    trouble: Trouble | None = None
    paper_on: date | None = None


@dataclass(frozen=True)
class PlannedCorrection:
    """A correction that the standard system hands in at the close of a Tokyo day.

    claim: for one added late the first of those that are added. percent: how much of it stays.
    """

    on: date
    change: Change
    claim: ClaimKey
    percent: int = 100


@dataclass(frozen=True)
class YearPlan:
    """All that happens in a year: payments in the order of time, and corrections."""

    payments: tuple[PlannedPayment, ...]
    corrections: tuple[PlannedCorrection, ...]


def plan_year(
    seed: int, slips: Sequence[Slip], volume: Volume, banks: Sequence[str], first_day: date
) -> YearPlan:
    """Return the payments in the order of time, and the corrections.

    Raises ValueError if there are too few slips. One slip is paid on two channels; one ATM cash
    payment is cancelled the same day and its slip stays unpaid; declined slips stay unpaid. One
    claim is lowered before it is paid and one after, one is cancelled, and who moves in is assessed
    late: two payers wait for a slip that the ward has to post first.
    """
    chance = random.Random(f"year {seed}")
    with_slip = volume.mobile_banking + volume.mobile_credit + volume.payeasy + volume.on_paper - 2
    wanted = with_slip + volume.declined + 1
    ordered = sorted(slips, key=lambda slip: (slip.notice_number, slip.instalment))
    with_barcode = [slip for slip in ordered if slip.barcode is not None]
    if len(with_barcode) < wanted:
        raise ValueError(f"{wanted} slips are to be paid and only {len(with_barcode)} exist")
    chosen = iter(chance.sample(with_barcode, wanted))
    newly, corrections = _posted_anew(chance, chosen, ordered, banks, first_day)
    made = [
        *_credit(chance, chosen, volume.mobile_credit - 1, first_day),
        *_declined(chance, chosen, volume, first_day),
        *(_app(chance, next(chosen), None, first_day) for _ in range(volume.mobile_banking)),
        *_payeasy(chance, chosen, volume.payeasy - 2 - volume.on_paper, banks, first_day),
        *_at_counters(chance, chosen, volume.on_paper, first_day),
    ]
    twice = next(p for p in made if p.channel == "mobile_credit" and p.trouble is None)
    made.remove(twice)
    corrections.append(_lowered_paid(chance, made))
    made += [*_paid_twice(chance, twice, banks), *newly]
    made.sort(key=lambda p: (p.at, p.claim))
    payments = [replace(p, trace=f"{number:08d}") for number, p in enumerate(made, start=1)]
    return YearPlan(tuple(payments), tuple(sorted(corrections, key=lambda c: (c.on, c.change))))


def _key(slip: Slip) -> ClaimKey:
    return slip.notice_number, slip.instalment


def _posted_anew(
    chance: random.Random,
    slips: Iterator[Slip],
    all_of_them: Sequence[Slip],
    banks: Sequence[str],
    first_day: date,
) -> tuple[list[PlannedPayment], list[PlannedCorrection]]:
    """Plan three corrections while nothing is paid, and what is paid with the slips they lead to.

    A claim is lowered and paid at a bank's machine, one is cancelled, and somebody moves in and
    pays the first claim by card. Nobody pays what is cancelled.
    """
    lower, cancel = next(slips), next(slips)
    instalment, due = chance.choice(sorted({(s.instalment, s.due_date) for s in all_of_them}))
    late = (MOVED_IN_NOTICE, instalment)
    percent = chance.randint(*STAYS_PERCENT)
    payments = [
        PlannedPayment(
            _with_new_slip(chance, lower.due_date, ATM_HOURS),
            _key(lower),
            "payeasy",
            bank_code=chance.choice(banks),
            medium=ATM_CASH,
        ),
        PlannedPayment(
            _with_new_slip(chance, due, APP_HOURS),
            late,
            "mobile_credit",
            card=chance.choice(GOOD_CARDS),
        ),
    ]
    corrections = [
        PlannedCorrection(on, change, claim, stays)
        for on, change, claim, stays in (
            (_in_time(lower.due_date, first_day), Change.LOWERED_UNPAID, _key(lower), percent),
            (_in_time(cancel.due_date, first_day), Change.CANCELLED, _key(cancel), 0),
            (_in_time(due, first_day), Change.ADDED_LATE, late, 100),
        )
    ]
    return payments, corrections


def _in_time(due: date, first_day: date) -> date:
    """Return the business day on which a claim is corrected, so that a new slip is in time."""
    day = max(due - timedelta(days=CORRECTED_DAYS_BEFORE_DUE), first_day)
    return japanese_banks().on_or_after(day)


def _with_new_slip(
    chance: random.Random, due: date, hours: Sequence[tuple[int, int, int]]
) -> datetime:
    return _at(chance, due + timedelta(days=chance.randint(*DAYS_WITH_NEW_SLIP)), hours)


def _lowered_paid(chance: random.Random, made: Sequence[PlannedPayment]) -> PlannedCorrection:
    """Lower a claim some days after it was paid, by app or by Pay-easy; one of the earlier ones."""
    paid = sorted((p.at, p.claim) for p in made if p.trouble is None and p.paper_on is None)
    at, claim = chance.choice(paid[: max(1, len(paid) // 2)])
    on = japanese_banks().add(tokyo_date(at), FUNDED_BUSINESS_DAYS)
    return PlannedCorrection(on, Change.LOWERED_PAID, claim, chance.randint(*STAYS_PERCENT))


def _credit(
    chance: random.Random, slips: Iterator[Slip], count: int, first_day: date
) -> Iterator[PlannedPayment]:
    for number in range(count):
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
    return PlannedPayment(at, _key(slip), channel, slip=slip, card=card, trouble=trouble)


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
            at = _on_business_day(_instant(chance, slip.due_date, ATM_HOURS, first_day))
            yield _at_bank(at, slip, banks[0], ATM_CASH, Trouble.CANCELLED)
            continue
        medium = chance.choices([m for m, _ in MEDIA], [share for _, share in MEDIA])[0]
        hours = APP_HOURS if medium == INTERNET_BANKING else ATM_HOURS
        yield _at_bank(_instant(chance, slip.due_date, hours, first_day), slip, bank, medium)


def _at_bank(
    at: datetime, slip: Slip, bank_code: str, medium: str, trouble: Trouble | None = None
) -> PlannedPayment:
    return PlannedPayment(
        at,
        _key(slip),
        "payeasy",
        slip=slip,
        bank_code=bank_code,
        medium=medium,
        trouble=trouble,
    )


def _at_counters(
    chance: random.Random, slips: Iterator[Slip], count: int, first_day: date
) -> Iterator[PlannedPayment]:
    """Pay at counters: so many that tell by wire and on paper, as many that tell on paper alone.

    Paper comes with the bank's pay-in; of those that tell by wire too, every second one's comes on
    the day of payment, by hand, before the ward can have heard of it by wire.
    """
    by_hand = chance.randint(0, 1)
    for number in range(count):
        for paper in (PaperHabit.BESIDE, PaperHabit.ALONE):
            slip = next(slips)
            at = _on_business_day(_instant(chance, slip.due_date, COUNTER_HOURS, first_day))
            comes_on = japanese_banks().add(tokyo_date(at), PAY_IN_BUSINESS_DAYS)
            if paper is PaperHabit.BESIDE and number % 2 == by_hand:
                comes_on = tokyo_date(at)
            payment = _at_bank(at, slip, bank_with(paper), COUNTER)
            channel = "bank_counter" if paper is PaperHabit.ALONE else payment.channel
            yield replace(payment, channel=channel, paper_on=comes_on)


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
    by_card = replace(first, trouble=Trouble.PAID_TWICE)
    at_bank = replace(
        by_card,
        at=later.replace(hour=hour),
        channel="payeasy",
        card=None,
        bank_code=chance.choice(banks),
        medium=INTERNET_BANKING,
    )
    return [by_card, at_bank]


def _instant(
    chance: random.Random, due: date, hours: Sequence[tuple[int, int, int]], first_day: date
) -> datetime:
    first, last, _ = chance.choices(DAYS_AROUND_DUE, [share for *_, share in DAYS_AROUND_DUE])[0]
    day = max(due + timedelta(days=chance.randint(first, last)), first_day)
    return _at(chance, day, hours)


def _at(chance: random.Random, day: date, hours: Sequence[tuple[int, int, int]]) -> datetime:
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
