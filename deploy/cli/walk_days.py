"""Walks a standing mesh through its days, one command after another, with the same books.

Every moment that was finished is remembered, so a walk that was cut off is taken up where it ended:
what is repeated is idempotent, and what was not run yet is run in its order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from deploy.cli.outside_state import OutsideState
from deploy.cli.progress import Stages
from deploy.home import Home
from deploy.installation import BANKS, REMITTERS
from shared.kit.clock import TOKYO, ClockMode, ClockMovedBackwards, tokyo_date
from shared.kit.peer import PeerRefused
from shared.kit.standard_arrows import ClockReading, MoveClock
from shared.wire.doors import OPERATOR_ARROWS, SERVICES
from shared.wire.mobile_payments import READ_PAYMENT
from simulation.access import Access
from simulation.banks import Gathering
from simulation.books import Books, PaymentNote
from simulation.cards import GOOD_CARDS
from simulation.day_plan import moments_between, move_clocks, next_close, run_moment, run_waves
from simulation.payers import LEFT, OPEN, AtBank, Attempt, Payers
from simulation.rehearsal import Rehearsal

NEVER_ARRIVED = "never_arrived"


async def read_clocks(access: Access) -> dict[str, Any]:
    """Return where every clock stands, and whether they agree."""
    readings = await _readings(access)
    return {
        "agree": len({reading.now for reading in readings.values()}) == 1
        or all(reading.mode is ClockMode.RUNNING for reading in readings.values()),
        "clocks": [
            {"organisation": name, "now": _tokyo(reading.now), "mode": reading.mode.value}
            for name, reading in readings.items()
        ],
    }


async def set_clocks(home: Home, access: Access, instant: datetime, mode: str) -> None:
    """Move every clock and run nothing; ClockMovedBackwards if one already stands later."""
    readings = await _readings(access)
    if instant < max(reading.now for reading in readings.values()):
        raise ClockMovedBackwards
    state = OutsideState(home)
    if state.walked_to is None:
        state.keep(walked_to=min(reading.now for reading in readings.values()))
    await _move(access, instant, ClockMode(mode))


async def _readings(access: Access) -> dict[str, ClockReading]:
    return {s: await access.operate(OPERATOR_ARROWS[s].read_clock) for s in SERVICES}


async def _move(access: Access, instant: datetime, mode: ClockMode) -> None:
    for service in SERVICES:
        body = MoveClock(instant=instant, mode=mode)
        await access.operate(OPERATOR_ARROWS[service].move_clock, body)


def _tokyo(instant: datetime) -> str:
    return instant.astimezone(TOKYO).isoformat()


@dataclass
class HomeWalk:
    """A walk through the days of one home."""

    home: Home
    access: Access
    books: Books
    stages: Stages

    async def advance(self, to: datetime | None) -> dict[str, Any]:
        """Go to an instant (None: the next close of day) and run what fell due up to it.

        A clock that ran goes on running from there. Raises ClockMovedBackwards.
        """
        readings = await _readings(self.access)
        latest = max(reading.now for reading in readings.values())
        target = to or next_close(latest)
        if target < latest:
            raise ClockMovedBackwards
        running = any(reading.mode is ClockMode.RUNNING for reading in readings.values())
        state = OutsideState(self.home)
        walked_to = state.walked_to or min(reading.now for reading in readings.values())
        state.keep(walked_to=walked_to)
        moments = await self._walk(state, walked_to, latest, target)
        await self._finish(state, target, running=running)
        return {"from": _tokyo(latest), "to": _tokyo(target), "moments": moments}

    async def _walk(
        self, state: OutsideState, walked_to: datetime, latest: datetime, target: datetime
    ) -> int:
        gathering, counters = (Gathering(*REMITTERS[name]) for name in ("payeasy", "bank_counter"))
        rehearsal = Rehearsal(self.access, self.books, gathering, counters, BANKS, self.stages)
        walk = rehearsal.walk()
        await resume_payments(self.access, self.books, walk.payers)
        await walk.banks.tell_due(latest)
        moments = list(moments_between(walked_to, target))
        self.stages.stage("Days", len(moments))
        for instant, moment in moments:
            await walk.banks.tell_due(instant)
            if instant >= latest:
                await run_moment(self.access, walk.outside, instant, moment)
            else:
                # The clocks were set past this moment; what fell due at it is run all the same.
                day = tokyo_date(instant)
                await run_waves(self.access, walk.outside, day, moment.waves)
            state.keep(walked_to=instant)
            self.stages.step()
        return len(moments)

    async def _finish(self, state: OutsideState, target: datetime, *, running: bool) -> None:
        if running:
            await _move(self.access, target, ClockMode.RUNNING)
        else:
            await move_clocks(self.access, target)
        state.keep(walked_to=target)


async def resume_payments(access: Access, books: Books, payers: Payers) -> None:
    """Let payers remember what their notes say is open; an intention that never left is closed."""
    for note in books.payments(*OPEN, "intended"):
        if note.state == "intended" and not await _arrived(access, note):
            books.note_payment(note.payment_id, "abandoned", NEVER_ARRIVED)
            continue
        card = GOOD_CARDS[0] if note.channel == "mobile_credit" else None
        at_bank: AtBank = "leave" if note.reason == LEFT else "approve"
        attempt = Attempt(note.barcode, note.amount_yen, note.at, card, at_bank)
        payers.open[UUID(note.payment_id)] = attempt


async def _arrived(access: Access, note: PaymentNote) -> bool:
    client = access.at(None, READ_PAYMENT)
    try:
        await access.patiently(lambda: client.ask(READ_PAYMENT, payment_id=note.payment_id))
    except PeerRefused:
        return False
    return True
