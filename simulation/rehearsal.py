"""One walk from the first assessment to the verdict: the demo, the seeds, the suite run this."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.kit.clock import tokyo_time
from shared.wire.ward_intranet import (
    ISSUE_SLIPS,
    LIST_SLIPS,
    TAKE_ASSESSMENTS,
    IssueSlips,
    SlipView,
)
from simulation.access import Access
from simulation.bank_habits import DEMO_BANKS
from simulation.banks import Banks, Gathering, SlipKeys
from simulation.books import Books
from simulation.day_plan import moments_between, move_clocks, next_close, run_moment
from simulation.payers import Payers
from simulation.standard_system import make_ward
from simulation.standard_system_import import StandardSystemImport
from simulation.treasurer import Lines, WardBank
from simulation.verdict import (
    LIVE_PHASES,
    Expected,
    Findings,
    failures,
    find,
    read_all,
    statement_csv,
    summary,
)
from simulation.year import Progress, Walk, last_day
from simulation.year_plan import PlannedPayment, Slip, Trouble, Volume, plan_year

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
    export = make_ward(seed, households, FISCAL_YEAR, first_notice=first_notice)
    totals: dict[str, str | int] = {
        "record_count": export.record_count,
        "total_yen": export.total_yen,
        "sha256": hashlib.sha256(export.content).hexdigest(),
    }
    await access.staff_asks("system", TAKE_ASSESSMENTS, export.content, query=totals)
    await access.staff_asks("clerk", ISSUE_SLIPS, IssueSlips(fiscal_year=FISCAL_YEAR))
    return await read_slips(access)


async def read_slips(access: Access, **query: str | int) -> list[SlipView]:
    """Return every slip that the ward's door shows."""
    return await read_all(
        lambda q: access.staff_asks("clerk", LIST_SLIPS, query=q | query), lambda p: p.slips
    )


def in_hand(view: SlipView) -> Slip:
    """Return a slip as its payer holds it."""
    keys = SlipKeys(
        view.institution_number, view.payment_number, view.confirmation_number, view.category
    )
    return Slip(
        view.notice_number, view.instalment, int(view.amount_yen), view.due_date, view.barcode, keys
    )


@dataclass
class Rehearsal:
    """The parts of one walk; `gathering` says under which name Pay-easy money arrives."""

    access: Access
    books: Books
    gathering: Gathering
    banks: tuple[str, ...]
    progress: Progress
    mend_statement: Callable[[Lines, date], Lines] | None = None
    before_collection: Callable[[date], Awaitable[None]] | None = None

    async def run(self, seed: int, instalments: int = INSTALMENTS) -> Outcome:
        """Walk the first `instalments` of the year and return the verdict."""
        walk = self.walk()
        plan = await self._begin(walk, seed, instalments)
        end = last_day(plan)
        await walk.through(next_close(tokyo_time(FIRST_DAY)), plan, end)
        self.progress.stage("Verdict", 1)
        findings = await find(self.access, self.books, FISCAL_YEAR, end)
        self.progress.step()
        figures = summary(findings, seed, FISCAL_YEAR)
        surprises = [*walk.surprises, *not_imported(findings, walk.standard_system)]
        wrong = failures(findings, expected_of(plan), surprises)
        return Outcome(figures, statement_csv(findings), wrong, findings)

    def walk(self) -> Walk:
        """Return a walk with payers, banks and the ward's bank in place."""
        banks = Banks(self.access, self.books, self.gathering, DEMO_BANKS)
        ward_bank = WardBank(self.access, self.books, banks, self.mend_statement)
        payers = Payers(self.access, self.books)
        return Walk(
            self.access,
            self.books,
            payers,
            banks,
            ward_bank,
            self.progress,
            self.before_collection,
        )

    async def _begin(self, walk: Walk, seed: int, instalments: int) -> list[PlannedPayment]:
        """Make the ward, upload its billing data, see it applied; return the year's plan."""
        self.progress.stage("The ward and its slips", 3)
        await move_clocks(self.access, tokyo_time(FIRST_DAY, 8))
        self.progress.step()
        views = await make_and_import_ward(self.access, seed, HOUSEHOLDS)
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
        return plan_year(seed, slips, volume, self.banks, first_payment)


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


def expected_of(plan: list[PlannedPayment]) -> Expected:
    """Return what a plan must lead to: counts by channel, and the exceptions of its troubles."""
    accepted = [p for p in plan if p.trouble is not Trouble.DECLINED]
    twice = {p.slip.notice_number for p in plan if p.trouble is Trouble.PAID_TWICE}
    cancelled = sum(p.trouble is Trouble.CANCELLED for p in plan)
    exceptions = {"double_payment": len(twice), "preliminary_cancelled": cancelled}
    return Expected(
        payments=dict(Counter(p.channel for p in accepted)),
        declined=len(plan) - len(accepted),
        cancelled=cancelled,
        exceptions={code: count for code, count in exceptions.items() if count},
    )
