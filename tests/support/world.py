"""One mesh whose every part can fail, with payers, the ward's bank and a day that can be walked.

It stands still between calls: nothing happens in it that a test did not ask for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from services.card_agent.domain.authorisations import AuthorisationState
from services.card_agent.store.tables import AUTHORISATIONS
from services.payment_provider.domain.receipts import ReceiptState
from services.payment_provider.store.tables import RECEIPTS
from services.payment_provider.usecases.ask_in_time import Patience
from shared.keys.channels import Channel
from shared.kit.calendar import japanese_banks
from shared.kit.clock import machine_now, tokyo_date, tokyo_time
from shared.kit.standard_arrows import RunJobs
from shared.wire.doors import (
    CARD_AGENT,
    LGWAN_ASP,
    OPERATOR_ARROWS,
    PAYMENT_PROVIDER,
    WARD_GATEWAY,
)
from shared.wire.mobile_payments import READ_PAYMENT, PaymentView
from simulation.books import Books
from simulation.cards import GOOD_CARDS, TestCard
from simulation.day_plan import (
    CLOSE,
    MORNING,
    SETTLING,
    moments_between,
    move_clocks,
    run_moment,
    run_waves,
)
from simulation.letters import in_hand
from simulation.payers import AtBank, Attempt, Payers
from simulation.rehearsal import FIRST_DAY, make_and_import_ward
from simulation.year import Walk
from simulation.year_plan import Slip
from tests.support.databases import Databases
from tests.support.deaths import Deaths
from tests.support.mesh import TestMesh, make_mesh, open_books
from tests.support.network import TestNetwork

MORTAL = (PAYMENT_PROVIDER, CARD_AGENT, LGWAN_ASP, WARD_GATEWAY)
SEED, HOUSEHOLDS = 1, 60
RUNS_MAX = 8
LAST_DAY, SLIPS_FOR_A_TEST = date(2026, 1, 16), 60
TOLD_TO_THE_END = (ReceiptState.CONFIRMED.value, ReceiptState.CANCELLED.value)
ASK_AGAIN = ("unanswered", "still_unknown", "still_asking")
"""Counts with which a job says that a peer was silent."""


@dataclass(frozen=True)
class StaleAtOnce(Patience):
    """A process whose asking payments may be settled at once: nobody waits in a test."""

    def asking_until(self) -> datetime:
        """Return now."""
        return machine_now()


QUICK = StaleAtOnce(tries=3, seconds=2.0, pause_seconds=0.0)
"""Tries without a pause; the deadline is long, so that a busy machine makes no silence."""


class RememberingBooks(Books):
    """Payers' notes, and every answer that a payer was ever given, in order."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.told: list[tuple[UUID, str]] = []

    def note_payment(self, payment_id: str, state: str, reason: str | None) -> None:
        self.told.append((UUID(payment_id), state))
        super().note_payment(payment_id, state, reason)

    def note_time(self, payment_id: UUID, at: datetime) -> None:
        """Write down the date and time that the app shows of an accepted payment."""
        self._database.execute(
            "UPDATE payments SET at = ? WHERE payment_id = ?", (at.isoformat(), str(payment_id))
        )


@dataclass
class PayersOfToday(Payers):
    """Payers whose every new attempt bears the time at which it is made."""

    world: World | None = None

    async def look_at(self, payment_id: UUID, attempt: Attempt) -> str:
        """Look at a payment that has ended, and return what it is told to be by now."""
        client = self.access.at(None, READ_PAYMENT)
        view = await self.access.patiently(lambda: client.ask(READ_PAYMENT, payment_id=payment_id))
        self._note(payment_id, attempt, view)
        return view.state

    async def pay(self, attempt: Attempt) -> PaymentView:
        assert self.world is not None
        return await super().pay(replace(attempt, at=self.world.now))

    def _note(self, payment_id: UUID, attempt: Attempt, view: PaymentView) -> None:
        super()._note(payment_id, attempt, view)
        if view.paid_at is not None:
            assert isinstance(self.books, RememberingBooks)
            self.books.note_time(payment_id, view.paid_at)


@dataclass
class World:
    """The mesh of some tests, and everybody outside."""

    mesh: TestMesh
    payers: PayersOfToday
    walk: Walk
    slips: list[Slip] = field(default_factory=list)
    put_by: dict[tuple[str, date], list[Any]] = field(default_factory=dict)
    """Occasions that were made together on one day, for what is to happen on that day."""

    @property
    def is_young(self) -> bool:
        """Say whether another test has slips enough that will not pass their limits."""
        if self.today > LAST_DAY or len(self.slips) < SLIPS_FOR_A_TEST:
            return False
        return self.slips[-SLIPS_FOR_A_TEST].due_date >= self.today

    @property
    def net(self) -> TestNetwork:
        """Return the network between all of them."""
        return self.mesh.network

    @property
    def deaths(self) -> Deaths:
        """Return what plans a process's end."""
        return self.mesh.network.deaths

    @property
    def told(self) -> list[tuple[UUID, str]]:
        """Return what payers were told, payment by payment, in order."""
        books = self.mesh.books
        assert isinstance(books, RememberingBooks)
        return books.told

    @property
    def now(self) -> datetime:
        """Return business time."""
        now: datetime = self.mesh.resources[PAYMENT_PROVIDER].foundation.clock.now()
        return now

    @property
    def today(self) -> date:
        """Return the Tokyo day."""
        return tokyo_date(self.now)

    async def rows(self, service: str, query: Select[Any]) -> Sequence[Any]:
        """Return rows of a service's database."""
        async with self.mesh.resources[service].foundation.engine.connect() as connection:
            return (await connection.execute(query)).all()

    def new_slip(self) -> Slip:
        """Return a slip that nobody has paid yet; those with the latest limits come first."""
        return self.slips.pop()

    def attempt(self, slip: Slip, card: TestCard | None, *, at_bank: AtBank = "approve") -> Attempt:
        """Return how a payer means to pay a slip; card: None is from the bank account."""
        assert slip.barcode is not None
        return Attempt(slip.barcode, slip.amount_yen, self.now, card, at_bank)

    async def pay(self, card: TestCard | None = GOOD_CARDS[0], slip: Slip | None = None) -> str:
        """Let a payer pay a slip (a new one) and return what he is told."""
        return (await self.payers.pay(self.attempt(slip or self.new_slip(), card))).state

    async def run(self, service: str, *jobs: str) -> None:
        """Run jobs as the operator does, and again while a peer was silent."""
        access = self.mesh.access
        for _ in range(RUNS_MAX):
            body = RunJobs(names=jobs)
            ran = (await access.operate(OPERATOR_ARROWS[service].run_jobs, body)).ran
            jobs = tuple(r.name for r in ran if any(r.counts.get(c) for c in ASK_AGAIN))
            if not jobs:
                return
        raise AssertionError(f"{service}: {jobs} found a silent peer {RUNS_MAX} times")

    async def run_once(self, service: str, job: str) -> None:
        """Run a job once, whatever becomes of it."""
        body = RunJobs(names=(job,))
        await self.mesh.access.operate(OPERATOR_ARROWS[service].run_jobs, body)

    def heal(self) -> None:
        """Let nothing go wrong any more that has not gone wrong yet."""
        self.net.mishaps.clear()
        self.deaths.planned.clear()

    def welcome_new_payers(self) -> None:
        """Let payers come who have accepted no terms yet."""
        self.take_payers(PayersOfToday(self.mesh.access, self.mesh.books, world=self))

    def take_payers(self, payers: PayersOfToday) -> None:
        """Let other payers live in this world."""
        self.payers = payers
        self.walk = replace(self.walk, payers=payers)

    async def settle(self) -> None:
        """Run what asks about what is open, until no payer waits for an outcome."""
        for _ in range(RUNS_MAX):
            await run_waves(self.mesh.access, self.walk.outside, self.today, SETTLING)
            if not self.payers.open:
                return
        raise AssertionError(f"{len(self.payers.open)} payments are still open")

    async def come_to_rest(self) -> None:
        """Settle, let late questions arrive, and settle what they have stirred up."""
        await self.settle()
        if await self.net.deliver_late():
            await self.settle()

    async def restart(self, service: str) -> None:
        """Put a new process in a service's place, over the same database."""
        engine = self.mesh.resources[service].foundation.engine
        self.mesh.restart(service, engine)
        await self.mesh.resources[service].start()

    async def walk_to(self, instant: datetime) -> None:
        """Go to an instant and run every moment of the day that falls due up to it."""
        for at, moment in list(moments_between(self.now, instant)):
            await run_moment(self.mesh.access, self.walk.outside, at, moment)
        await move_clocks(self.mesh.access, instant)

    async def close_day(self) -> None:
        """Go to today's close, unless it is over, and run what falls due up to it."""
        close = tokyo_time(self.today, *CLOSE)
        if self.now < close:
            await self.walk_to(close)

    async def next_morning(self, *, waves: int | None = None) -> None:
        """Close the day, then run the first waves of the next business morning (None: all)."""
        await self.close_day()
        day = japanese_banks().add(self.today, 1)
        instant = tokyo_time(day, *MORNING)
        ((_, moment),) = moments_between(instant - timedelta(minutes=1), instant)
        for wave in moment.waves[:waves]:
            await run_waves(self.mesh.access, self.walk.outside, day, (wave,), instant)
        await move_clocks(self.mesh.access, instant)

    async def walk_until_all_is_paid(self) -> None:
        """Go from one day on which something falls due to the next until nothing does any more.

        The days between have nothing to do; one more day follows, with the last report.
        """
        await self.close_day()
        while await self._next_due() is not None:
            await self.live_through_next_due_day()
        await self._live(japanese_banks().add(self.today, 1))

    async def live_through_next_due_day(self) -> None:
        """Close the day, and live through the next one on which something falls due."""
        await self.close_day()
        due = await self._next_due()
        assert due is not None, "nothing falls due any more"
        await self._live(due)

    async def walk_business_days(self, count: int) -> None:
        """Live through the next so many business days."""
        for _ in range(count):
            await self._live(japanese_banks().add(self.today, 1))

    async def _live(self, day: date) -> None:
        """Live through one business day, from its morning to its close."""
        for at, moment in moments_between(tokyo_time(day, 8), tokyo_time(day, *CLOSE)):
            if at > self.now:
                await run_moment(self.mesh.access, self.walk.outside, at, moment)

    async def _next_due(self) -> date | None:
        """Return the next business day on which a file or a transfer falls due."""
        days = [*await self._receipts_due(), *await self._commissions_due()]
        calendar = japanese_banks()
        tomorrow = calendar.add(self.today, 1)
        return min((max(calendar.on_or_after(day), tomorrow) for day in days), default=None)

    async def _receipts_due(self) -> list[date]:
        c = RECEIPTS.c
        news = or_(c.state == ReceiptState.TAKEN.value, c.undone_at.is_not(None))
        query = select(func.min(c.confirm_on), func.bool_or(news))
        unfinished = query.where(c.state.not_in(TOLD_TO_THE_END))
        ((confirm_on, any_news),) = await self.rows(PAYMENT_PROVIDER, unfinished)
        unpaid = select(func.min(c.transfer_date)).where(
            c.transfer_order_id.is_(None),
            c.undone_at.is_(None),
            c.channel == Channel.MOBILE_BANKING.value,
        )
        ((transfer_date,),) = await self.rows(PAYMENT_PROVIDER, unpaid)
        first = self.today if any_news else confirm_on
        return [day for day in (first, transfer_date) if day is not None]

    async def _commissions_due(self) -> list[date]:
        c = AUTHORISATIONS.c
        unpaid = select(func.min(c.designated_date)).where(
            c.state == AuthorisationState.AUTHORISED.value
        )
        ((designated,),) = await self.rows(CARD_AGENT, unpaid)
        return [designated] if designated is not None else []


async def make_world(databases: Databases, folder: Path, *, households: int = HOUSEHOLDS) -> World:
    """Make a mesh in which everything can break, with a ward whose slips are issued."""
    network = TestNetwork()

    def refit(service: str, resources: Any) -> Any:
        if service in MORTAL:
            resources = network.deaths.make_mortal(service, resources)
        if service == PAYMENT_PROVIDER:
            network.stand_before(resources.payers_bank.peer, "payers_banks", "app_banking")
            return replace(resources, patience=QUICK)
        if service == CARD_AGENT:
            network.stand_before(resources.card_network.peer, "card_network", "network")
            return replace(resources, asking_for=timedelta(0))
        return resources

    mesh = await make_mesh(databases, folder, network=network, refit=refit)
    mesh.books.close()
    mesh.books = open_books(folder, RememberingBooks)
    mesh.access.pause_seconds = 0.0
    payers = PayersOfToday(mesh.access, mesh.books)
    walk = replace(mesh.rehearsal().walk(), payers=payers)
    world = World(mesh, payers, walk)
    payers.world, network.restart = world, world.restart
    await move_clocks(mesh.access, tokyo_time(FIRST_DAY, 8))
    views = await make_and_import_ward(mesh.access, SEED, households)
    await world.walk_to(tokyo_time(FIRST_DAY, 12))
    payable = [in_hand(view) for view in views if view.barcode]
    world.slips = sorted(payable, key=lambda slip: (slip.due_date, slip.notice_number))
    return world
