"""A town of a few slips whose days a test lets pass, leaves out, or cuts short."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.kit.clock import tokyo_time
from shared.kit.standard_arrows import RunJobs
from shared.wire.doors import OPERATOR_ARROWS
from shared.wire.ward_intranet import (
    LIST_EXCEPTIONS,
    LIST_RECEIPTS,
    MAKE_STATEMENT,
    ExceptionView,
    MakeStatement,
    ReceiptView,
    Statement,
)
from simulation.banks import ATM_CASH
from simulation.cards import GOOD_CARDS
from simulation.day_plan import moments_between, move_clocks, run_moment
from simulation.letters import in_hand
from simulation.payers import Attempt
from simulation.rehearsal import FIRST_DAY, FISCAL_YEAR, make_and_import_ward
from simulation.year import Walk
from simulation.year_plan import Slip
from tests.support.mesh import TestMesh

SECOND_DAY = FIRST_DAY + timedelta(days=1)
"""The day from whose morning on the centre holds the slips' keys."""


@dataclass
class SmallTown:
    """The mesh, everybody outside of it, and the slips that nobody has paid yet."""

    mesh: TestMesh
    walk: Walk
    slips: list[Slip]
    now: datetime

    @classmethod
    async def found(cls, mesh: TestMesh, households: int = 8) -> SmallTown:
        """Import the households and see the centre take their billing data."""
        now = tokyo_time(FIRST_DAY, 8)
        await move_clocks(mesh.access, now)
        views = await make_and_import_ward(mesh.access, 5, households)
        slips = sorted((in_hand(view) for view in views), key=lambda s: s.notice_number)
        small = [slip for slip in slips if slip.instalment == 1 and slip.barcode]
        town = cls(mesh, mesh.rehearsal().walk(), small, now)
        await town.live_to(tokyo_time(SECOND_DAY, 9))
        return town

    async def live_to(self, instant: datetime) -> None:
        """Let the days pass: everything that falls due is run at its time."""
        for at, moment in moments_between(self.now, instant):
            await run_moment(self.mesh.access, self.walk.outside, at, moment)
        await self.skip_to(instant)

    async def live_through(self, day: date) -> None:
        """Let the days pass to the end of a day."""
        await self.live_to(tokyo_time(day, 23))

    async def skip_to(self, instant: datetime) -> None:
        """Let nobody do anything until then."""
        await move_clocks(self.mesh.access, instant)
        self.now = instant

    async def run(self, service: str, *jobs: str) -> None:
        """Let one party do what nobody told it to do at this time."""
        await self.mesh.access.operate(OPERATOR_ARROWS[service].run_jobs, RunJobs(names=jobs))

    async def pay(self, channel: str) -> Slip:
        """Let the next slip be paid now."""
        slip = self.slips.pop(0)
        assert slip.barcode is not None
        if channel == "payeasy":
            await self.walk.banks.pay(
                slip.keys,
                bank_code="0001",
                medium=ATM_CASH,
                at=self.now,
                trace=f"{len(self.slips):06d}",
            )
            return slip
        card = GOOD_CARDS[0] if channel == "mobile_credit" else None
        view = await self.walk.payers.pay(Attempt(slip.barcode, slip.amount_yen, self.now, card))
        assert view.state == "accepted"
        return slip

    async def statement(self) -> Statement:
        """Return the ward's books as of now."""
        question = MakeStatement(fiscal_year=FISCAL_YEAR)
        return await self.mesh.access.staff_asks("treasury", MAKE_STATEMENT, question)

    async def exceptions(self) -> dict[str, int]:
        """Return the yen of the ward's open exceptions, by code."""
        found: Counter[str] = Counter()
        for one in await self.open_exceptions():
            found[one.code] += int(one.amount_yen)
        return dict(found)

    async def open_exceptions(self) -> tuple[ExceptionView, ...]:
        """Return the ward's open exceptions."""
        query = {"state": "OPEN"}
        return (await self.mesh.access.staff_asks("clerk", LIST_EXCEPTIONS, query=query)).exceptions

    async def receipts(self) -> dict[str, ReceiptView]:
        """Return the ward's receipts by channel, of which there is at most one each."""
        page = await self.mesh.access.staff_asks("clerk", LIST_RECEIPTS)
        return {receipt.channel: receipt for receipt in page.receipts}


def broken(statement: Statement) -> list[str]:
    """Name the identities that do not hold."""
    return [f"{i.name}: {i.about}" for i in statement.identities if not i.holds]
