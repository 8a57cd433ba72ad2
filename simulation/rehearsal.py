"""One walk from the first assessment to the verdict: the demo, the seeds, the suite run this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.kit.clock import tokyo_date, tokyo_time
from shared.wire.ward_intranet import ISSUE_SLIPS, IssueSlips, SlipView
from simulation.access import Access
from simulation.bank_habits import DEMO_BANKS
from simulation.banks import Banks, Gathering
from simulation.books import Books
from simulation.corrections import hand_in, notes_of
from simulation.counters import Counters
from simulation.day_plan import moments_between, move_clocks, next_close, run_moment
from simulation.letters import in_hand, read_slips
from simulation.payers import Payers
from simulation.standard_system import Export, make_ward
from simulation.standard_system_import import StandardSystemImport
from simulation.treasurer import Lines, WardBank
from simulation.verdict import (
    LIVE_PHASES,
    Expected,
    Findings,
    failures,
    find,
    statement_csv,
    summary,
)
from simulation.year import Progress, Walk, last_day
from simulation.year_plan import Change, PlannedPayment, Trouble, Volume, YearPlan, plan_year

FIRST_DAY = date(2025, 6, 2)
FISCAL_YEAR = 2025
HOUSEHOLDS = 40
INSTALMENTS = 10
DELIVERED_CHANNELS = ("mobile_banking", "payeasy")


@dataclass(frozen=True)
class Outcome:
    """A finished walk."""

    summary: dict[str, Any]
    statement: str
    failures: list[str]
    findings: Findings


async def make_and_import_ward(
    access: Access, seed: int, households: int, *, first_notice: int = 1
) -> list[SlipView]:
    """Invent a ward, import it through the intranet door, issue its slips; return them."""
    return await import_ward(
        access, make_ward(seed, households, FISCAL_YEAR, first_notice=first_notice)
    )


async def import_ward(access: Access, export: Export) -> list[SlipView]:
    """Import an export through the intranet door, issue its slips; return all that there are."""
    await hand_in(access, export)
    await access.staff_asks("clerk", ISSUE_SLIPS, IssueSlips(fiscal_year=FISCAL_YEAR))
    return await read_slips(access)


@dataclass
class Rehearsal:
    """The parts of one walk.

    gathering, counters: under which name money arrives that banks take by Pay-easy, and at counters
    that tell on paper alone.
    """

    access: Access
    books: Books
    gathering: Gathering
    counters: Gathering
    banks: tuple[str, ...]
    progress: Progress
    mend_statement: Callable[[Lines, date], Lines] | None = None
    before_collection: Callable[[date], Awaitable[None]] | None = None

    async def run(self, seed: int, instalments: int = INSTALMENTS) -> Outcome:
        """Walk the first `instalments` of the year and return the verdict."""
        walk = self.walk()
        plan = await self._begin(walk, seed, instalments)
        end = last_day(plan)
        await walk.through(next_close(tokyo_time(FIRST_DAY)), plan.payments, end)
        self.progress.stage("Verdict", 1)
        findings = await find(self.access, self.books, FISCAL_YEAR, end)
        self.progress.step()
        figures = summary(findings, seed, FISCAL_YEAR) | {
            "corrections": dict(sorted(walk.corrections.handed_in.items())),
            "paper_notices": walk.counters.read,
        }
        surprises = [*not_done(walk, plan), *not_imported(findings, walk.standard_system)]
        wrong = failures(findings, self.books, expected_of(plan), surprises)
        return Outcome(figures, statement_csv(findings), wrong, findings)

    def walk(self) -> Walk:
        """Return a walk with payers, banks and the ward's bank in place."""
        banks = Banks(self.access, self.books, self.gathering, DEMO_BANKS)
        counters = Counters(self.access, self.books, self.counters)
        ward_bank = WardBank(self.access, self.books, banks, counters, self.mend_statement)
        payers = Payers(self.access, self.books)
        return Walk(
            self.access,
            self.books,
            payers,
            banks,
            counters,
            ward_bank,
            self.progress,
            self.before_collection,
        )

    async def _begin(self, walk: Walk, seed: int, instalments: int) -> YearPlan:
        """Make the ward, upload its billing data, see it applied; return the year's plan."""
        self.progress.stage("The ward and its slips", 3)
        await move_clocks(self.access, tokyo_time(FIRST_DAY, 8))
        self.progress.step()
        export = make_ward(seed, HOUSEHOLDS, FISCAL_YEAR)
        self.books.assess(notes_of(export.rows))
        views = await import_ward(self.access, export)
        self.progress.step()
        start = tokyo_time(FIRST_DAY, 8)
        for instant, moment in moments_between(start, next_close(start)):
            await run_moment(self.access, walk.outside, instant, moment)
        self.progress.step()
        slips = [in_hand(view) for view in views if view.instalment <= instalments]
        volume = (
            Volume() if instalments == INSTALMENTS else Volume().share(instalments, INSTALMENTS)
        )
        first_payment = date.fromordinal(FIRST_DAY.toordinal() + 2)
        plan = plan_year(seed, slips, volume, self.banks, first_payment)
        walk.corrections.expect(seed, export.rows, plan.corrections)
        return plan


def not_done(walk: Walk, plan: YearPlan) -> list[str]:
    """Name what went otherwise on the way than planned, and what was planned and never happened."""
    found = [*walk.surprises, *walk.corrections.surprises, *walk.counters.surprises]
    handed_in = walk.corrections.handed_in.total()
    if handed_in != len(plan.corrections):
        found.append(f"{handed_in} corrections handed in, {len(plan.corrections)} planned")
    papers = sum(payment.paper_on is not None for payment in plan.payments)
    if walk.counters.read != papers:
        found.append(f"{walk.counters.read} paper notices read off, {papers} planned")
    return found


def not_imported(findings: Findings, standard_system: StandardSystemImport) -> list[str]:
    """Name the receipts of app banking and Pay-easy that ward and standard system do not share.

    And those of Pay-easy that came without saying what of which claim they pay: nobody pays too
    much or a stranger's key on a walk.
    """
    shown = Counter(
        (receipt.channel, int(receipt.amount_yen))
        for receipt in findings.receipts
        if receipt.phase in LIVE_PHASES and receipt.channel in DELIVERED_CHANNELS
    )
    imported = standard_system.imported()
    found = list(standard_system.surprises)
    found += [f"imported without a claim: {each}" for _, each in sorted(standard_system.unsplit)]
    for name, differing in (
        ("not imported by the standard system", shown - imported),
        ("imported, and not in the ward's books", imported - shown),
    ):
        found += [f"{name}: {n} x {yen} yen ({channel})" for (channel, yen), n in differing.items()]
    return found


def expected_of(plan: YearPlan) -> Expected:
    """Return what a plan must lead to: counts by channel, and the exceptions of its troubles."""
    payments = plan.payments
    accepted = [p for p in payments if p.trouble is not Trouble.DECLINED]
    twice = {p.claim for p in payments if p.trouble is Trouble.PAID_TWICE}
    cancelled = sum(p.trouble is Trouble.CANCELLED for p in payments)
    lowered = sum(each.change is Change.LOWERED_PAID for each in plan.corrections)
    exceptions = {
        "double_payment": len(twice),
        "over_assessed": lowered,
        "preliminary_cancelled": cancelled,
    }
    return Expected(
        payments=dict(Counter(p.channel for p in accepted)),
        declined=len(payments) - len(accepted),
        cancelled=cancelled,
        gave_way=sum(map(_gives_way, payments)),
        exceptions={code: count for code, count in exceptions.items() if count},
    )


def _gives_way(payment: PlannedPayment) -> bool:
    """Say whether paper comes on the day of a payment that is told by wire as well."""
    return payment.channel == "payeasy" and payment.paper_on == tokyo_date(payment.at)
