"""One slip, two hundred attempts at once, on every channel that has never heard of the others."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from deploy.installation import BANKS
from services.lgwan_asp.store import tables as centre
from services.payment_provider.store import tables as provider
from shared.wire.doors import LGWAN_ASP, PAYMENT_PROVIDER
from shared.wire.payeasy import InquiryAnswer
from simulation.banks import INTERNET_BANKING, Banks, SlipKeys, Taking
from simulation.cards import GOOD_CARDS
from simulation.payers import Payers, PaymentRefusedError
from simulation.rehearsal import FISCAL_YEAR
from simulation.verdict import find
from simulation.year_plan import Slip
from tests.support.agreement import agree_when_settled
from tests.support.world import World, make_world

BY_CARD, FROM_ACCOUNT, BY_PAYEASY = 80, 80, 40
DAYS_UNTIL_ALL_IS_PAID = 9
"""Business days from 3 June 2025 past the transfer of its cut-off, the 10th."""

PATIENCE_SECONDS = 60.0
"""Machine time: so many wait for a connection to one database longer than a payer usually does."""


@dataclass
class BanksAtOnce(Banks):
    """Banks whose payers have all inquired before the first of them pays."""

    everybody: asyncio.Barrier = field(default_factory=lambda: asyncio.Barrier(BY_PAYEASY))

    async def inquire(
        self, keys: SlipKeys, bank_code: str, medium: str, at: datetime, trace: str
    ) -> InquiryAnswer:
        answer = await super().inquire(keys, bank_code, medium, at, trace)
        await self.everybody.wait()
        return answer


async def pay_two_hundred_times(world: World, slip: Slip) -> Counter[str]:
    """Let everybody pay the slip at once; return how the attempts ended."""
    payers = Payers(world.mesh.access, world.mesh.books)
    banks = BanksAtOnce(world.mesh.access, world.mesh.books, world.walk.banks.gathering)

    async def by_app(number: int) -> str:
        card = GOOD_CARDS[0] if number < BY_CARD else None
        try:
            return (await payers.pay(world.attempt(slip, card))).state
        except PaymentRefusedError as refusal:
            return str(refusal)

    async def at_bank(number: int) -> str:
        taking: Taking = await banks.pay(
            slip.keys,
            bank_code=BANKS[number % len(BANKS)],
            medium=INTERNET_BANKING,
            at=world.now,
            trace=f"{number:08d}",
        )
        return taking.state

    attempts = [
        *(by_app(number) for number in range(BY_CARD + FROM_ACCOUNT)),
        *(at_bank(number) for number in range(BY_PAYEASY)),
    ]
    return Counter(await asyncio.gather(*attempts))


async def test_two_hundred_attempts_on_one_slip_end_in_one_payment(databases, tmp_path):
    world = await make_world(databases, tmp_path, households=4)
    world.mesh.access.patience_seconds = PATIENCE_SECONDS
    await world.next_morning()  # by now the centre has applied the billing data
    slip = world.new_slip()
    ends = await pay_two_hundred_times(world, slip)
    assert ends.total() == BY_CARD + FROM_ACCOUNT + BY_PAYEASY
    assert ends["accepted"] == 1
    assert ends["slip_already_paid"] == BY_CARD + FROM_ACCOUNT - 1
    await world.come_to_rest()
    await agree_when_settled(world)
    live = select(provider.RECEIPTS).where(provider.RECEIPTS.c.barcode == slip.barcode)
    assert len(await world.rows(PAYMENT_PROVIDER, live)) == 1

    taken = world.mesh.books.takings("taken")
    assert len(taken) == BY_PAYEASY
    of_slip = centre.RECEIPTS.c.payment_number == slip.keys.payment_number
    known = await world.rows(LGWAN_ASP, select(centre.RECEIPTS).where(of_slip))
    assert sorted(row.receipt_number for row in known) == sorted(t.receipt_number for t in taken)

    await world.walk_business_days(DAYS_UNTIL_ALL_IS_PAID)
    found = await find(world.mesh.access, world.mesh.books, FISCAL_YEAR, world.today)
    statement = found.statement
    assert (found.lost, found.doubled, int(statement.residual_yen)) == (0, 0, 0)
    assert all(identity.holds for identity in statement.identities)
    received = (1 + BY_PAYEASY) * slip.amount_yen
    assert int(statement.received_yen) == int(statement.deposited_yen) == received
    assert int(statement.heaps["B3"]) == received - slip.amount_yen
    assert [e.code for e in found.exceptions] == ["double_payment"]
    await world.mesh.close()
