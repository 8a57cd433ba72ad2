"""The year's walk: every payment at its time, every job when due, until the last deposit.

Drives the four organisations only through their doors, and tells a progress bar what it does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from shared.kit.calendar import japanese_banks
from shared.kit.clock import tokyo_date, tokyo_time
from shared.kit.standard_arrows import PlanFault
from shared.wire.card_authorisations import AUTHORISE_CARD
from shared.wire.doors import CARD_AGENT, LGWAN_ASP, OPERATOR_ARROWS
from simulation.access import Access
from simulation.bank_account import PAY_IN_DAYS_MAX
from simulation.banks import Banks, Visit
from simulation.books import Books
from simulation.clerks import release_uploads
from simulation.corrections import Corrections
from simulation.counters import Counters
from simulation.day_plan import (
    MORNING,
    SETTLING,
    Outside,
    moments_between,
    move_clocks,
    run_moment,
    run_waves,
)
from simulation.fee_post import FeePost
from simulation.letters import newest_slip
from simulation.payers import OPEN, Attempt, Payers
from simulation.standard_system_import import StandardSystemImport
from simulation.treasurer import WardBank
from simulation.year_plan import (
    APPLIED_BUSINESS_DAYS,
    PlannedPayment,
    Slip,
    Trouble,
    YearPlan,
)


class Progress(Protocol):
    """Whoever shows how far the walk has come."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of so many steps."""
        ...

    def step(self, count: int = 1) -> None:
        """Take steps in the current stage."""
        ...


@dataclass
class Walk:
    """Everything that a walk through the year needs."""

    access: Access
    books: Books
    payers: Payers
    banks: Banks
    counters: Counters
    ward_bank: WardBank
    progress: Progress
    before_collection: Callable[[date], Awaitable[None]] | None = None
    fee_post: FeePost = field(init=False)
    standard_system: StandardSystemImport = field(init=False)
    corrections: Corrections = field(init=False)
    declined: int = 0
    surprises: list[str] = field(default_factory=list)
    summed_up: dict[tuple[date, str], set[str]] = field(default_factory=dict)
    """Days on which somebody paid by Pay-easy, by institution, with the banks that told theirs."""

    def __post_init__(self) -> None:
        self.fee_post = FeePost(self.access)
        self.standard_system = StandardSystemImport(self.access)
        self.corrections = Corrections(self.access, self.books)

    @property
    def outside(self) -> Outside:
        """Return what those outside do at the moments of a day."""

        async def ask_again(_: date) -> int:
            return await self.payers.ask_again()

        async def release(_: date) -> int:
            return await release_uploads(self.access)

        outside: dict[str, Callable[[date], Awaitable[object]]] = {
            "bank_day": self.ward_bank.day,
            "fee_post": self.fee_post.day,
            "paper_notices": self.counters.day,
            "standard_system": self.standard_system.day,
            "corrections": self.corrections.day,
            "ask_again": ask_again,
            "release_uploads": release,
        }
        if self.before_collection is not None:
            outside["before_collection"] = self.before_collection
        return outside

    async def through(self, start: datetime, plan: Sequence[PlannedPayment], end: date) -> None:
        """Walk from start to the close of the last day, with the plan's payments on the way."""
        paid_days = {tokyo_date(payment.at) for payment in plan}
        moments = [
            (instant, moment)
            for instant, moment in moments_between(start, tokyo_time(end, 23, 59))
            if has_work(tokyo_date(instant), paid_days)
        ]
        events: list[tuple[datetime, int, object]] = [
            *((instant, 0, moment) for instant, moment in moments),
            *((payment.at, 1, payment) for payment in plan),
        ]
        events.sort(key=lambda e: (e[0], e[1], getattr(e[2], "trace", "")))
        days = sorted({tokyo_date(instant) for instant, *_ in events})
        self.progress.stage("The year", len(days))
        walked: date | None = None
        for instant, kind, event in events:
            today = tokyo_date(instant)
            if walked not in {None, today}:
                self.progress.step()
            walked = today
            await self.tell_what_is_due(instant)
            if kind == 1:
                await self._pay(event)  # type: ignore[arg-type]
            else:
                if (event.hour, event.minute) == MORNING:  # type: ignore[attr-defined]
                    await self._sum_up(today)
                await run_moment(self.access, self.outside, instant, event)  # type: ignore[arg-type]
        self.progress.step()

    async def tell_what_is_due(self, up_to: datetime) -> None:
        """Let banks that tell later do so, each at its time, before anything else happens.

        What the centre could not take down at its time is told again now.
        """
        due = sorted({telegram.due_at for _, telegram in self.banks.books.telegrams(up_to)})
        if not due:
            return
        now = (await self.access.operate(OPERATOR_ARROWS[LGWAN_ASP].read_clock)).now
        for instant in due:
            if instant > now:
                await move_clocks(self.access, instant)
            await self.banks.tell_due(instant)

    async def _sum_up(self, today: date) -> None:
        """Before the centre confirms, let banks tell the totals of the days that are over."""
        for (paid_on, institution), told in list(self.summed_up.items()):
            results = await self.banks.tell_totals(paid_on, institution, but=told)
            told.update(results)
            if set(results.values()) - {"00"}:
                self.surprises.append(f"daily totals of {paid_on}: {results}")
            if japanese_banks().add(paid_on, 2) <= today:  # the slowest bank has told by then
                del self.summed_up[paid_on, institution]

    async def _pay(self, payment: PlannedPayment) -> None:
        await move_clocks(self.access, payment.at)
        slip = payment.slip or await self._posted(payment)
        if slip is None:
            return
        if payment.channel in {"payeasy", "bank_counter"}:
            await self._pay_at_bank(payment, slip)
            return
        if payment.trouble is Trouble.ANSWER_LOST:
            fault = PlanFault(arrow=AUTHORISE_CARD.name, moment="after")
            await self.access.operate(OPERATOR_ARROWS[CARD_AGENT].plan_fault, fault)
        assert slip.barcode is not None  # noqa: S101 - the plan takes only slips with a barcode
        attempt = Attempt(slip.barcode, slip.amount_yen, payment.at, payment.card)
        view = await self.payers.pay(attempt)
        if view.state in OPEN and payment.trouble is not Trouble.ANSWER_LOST:
            await run_waves(self.access, self.outside, tokyo_date(payment.at), SETTLING)
        expected = "declined" if payment.trouble is Trouble.DECLINED else "accepted"
        if view.state == "declined":
            self.declined += 1
        if view.state not in {expected, *OPEN}:
            self.surprises.append(f"payment {payment.trace}: {view.state} ({view.reason})")

    async def _posted(self, payment: PlannedPayment) -> Slip | None:
        """Return the slip that came by post; none, or one over other yen, is a surprise."""
        slip = await newest_slip(self.access, payment.claim)
        owed = self.books.claims()[payment.claim][-1]
        if slip is None or slip.amount_yen != owed:
            came = "nothing" if slip is None else f"a slip over {slip.amount_yen} yen"
            self.surprises.append(f"payment {payment.trace}: {owed} yen owed, {came} was posted")
        return slip

    async def _pay_at_bank(self, payment: PlannedPayment, slip: Slip) -> None:
        if payment.channel == "bank_counter":
            assert payment.paper_on is not None  # noqa: S101 - on paper alone
            visit = Visit(slip.keys, payment.medium, payment.at, payment.trace)
            bank = self.banks.bank(payment.bank_code)
            self.counters.take(bank, visit, slip.amount_yen, payment.paper_on)
            return
        day = tokyo_date(payment.at), slip.keys.institution_number
        self.summed_up.setdefault(day, set())
        taking = await self.banks.pay(
            slip.keys,
            bank_code=payment.bank_code,
            medium=payment.medium,
            at=payment.at,
            trace=payment.trace,
            printed_yen=slip.amount_yen,
        )
        if payment.paper_on is not None:
            self.counters.send(taking, payment.paper_on)
        if payment.trouble is Trouble.CANCELLED:
            await self.banks.cancel(taking)


def has_work(day: date, paid_days: set[date]) -> bool:
    """Say whether the walk stops on a day: banks are open, or somebody pays.

    What falls due on a day without either waits for the next close: every job does what is due.
    """
    return day in paid_days or japanese_banks().is_business_day(day)


def last_day(plan: YearPlan) -> date:
    """Return a business day by which all deposits have arrived and all corrections are everywhere.

    The slowest is app banking: its cut-off group closes at most ten days later at the month's end,
    and is paid some business days after that (BOOKS §2.1).
    """
    latest = max(tokyo_date(payment.at) for payment in plan.payments)
    month_end = (latest.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    group = latest.replace(day=10) if latest.day <= 10 else latest.replace(day=20)  # noqa: PLR2004
    closes = group if latest <= group else month_end
    paid_in = japanese_banks().add(closes, PAY_IN_DAYS_MAX)
    corrected = max(correction.on for correction in plan.corrections)
    return max(paid_in, japanese_banks().add(corrected, APPLIED_BUSINESS_DAYS))
