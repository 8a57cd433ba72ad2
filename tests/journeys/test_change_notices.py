"""A claim is corrected after its slip was posted: banks, centre, provider and ward agree.

And a household pays all instalments at once (全期前納).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
import pytest_asyncio

from shared.files.choutei import load_choutei, write_choutei
from shared.files.codes import Proc
from shared.kit.money import Yen
from shared.wire.ward_intranet import ISSUE_SLIPS, TAKE_ASSESSMENTS, IssueSlips, SlipView
from simulation.banks import ATM_CASH, TelegramRefusedError
from simulation.cards import GOOD_CARDS
from simulation.letters import in_hand, read_slips
from simulation.rehearsal import FISCAL_YEAR
from simulation.standard_system import make_ward
from simulation.verdict import find
from simulation.year_plan import Slip
from tests.support.world import SEED, World, make_world

HOUSEHOLDS = 3


@pytest_asyncio.fixture
async def world(databases, tmp_path):
    """A small world on the morning on which the centre's keys are in effect."""
    made = await make_world(databases, tmp_path, households=HOUSEHOLDS)
    await made.next_morning()
    yield made
    await made.mesh.close()


async def reduced(world: World, slip: Slip, yen: int) -> None:
    """Let the standard system hand in that a slip's claim is of fewer yen now."""
    export = make_ward(SEED, HOUSEHOLDS, FISCAL_YEAR)
    key = (slip.notice_number, slip.instalment)
    rows = load_choutei(export.content).records
    (claim,) = [row for row in rows if (row.notice_number, row.instalment) == key]
    parts = {"support_yen": Yen(0), "care_yen": Yen(0), "child_yen": Yen(0)}
    now = replace(
        claim,
        record_no=1,
        proc=Proc.CHANGE,
        correction_count=claim.correction_count + 1,
        amount_yen=Yen(yen),
        medical_yen=Yen(yen),
        **parts,
    )
    content = write_choutei([now])
    sha256 = hashlib.sha256(content).hexdigest()
    query: dict[str, str | int] = {"record_count": 1, "total_yen": yen, "sha256": sha256}
    await world.mesh.access.staff_asks("system", TAKE_ASSESSMENTS, content, query=query)


async def pay_at_bank(world: World, slip: Slip) -> None:
    number = world.mesh.books.allot_number("0001")
    await world.walk.banks.pay(
        slip.keys, bank_code="0001", medium=ATM_CASH, at=world.now, trace=f"{number:012d}"
    )


async def slips_of(world: World, notice: str) -> list[SlipView]:
    slips = await read_slips(world.mesh.access)
    return sorted(
        (s for s in slips if s.notice_number == notice), key=lambda s: (s.instalment, s.issue)
    )


async def test_a_change_notice_and_a_lump_sum_go_through_to_the_money(world):
    old = world.slips[-1]
    less = old.amount_yen // 2
    await reduced(world, old, less)
    other = next(s.notice_number for s in world.slips if s.notice_number != old.notice_number)
    run = IssueSlips(fiscal_year=FISCAL_YEAR, lump_sum=True)
    done = await world.mesh.access.staff_asks("clerk", ISSUE_SLIPS, run)
    assert done.reissued == 1
    assert done.left_out == 0
    await world.walk_business_days(2)
    with pytest.raises(TelegramRefusedError):
        await pay_at_bank(world, old)
    (new,) = [s for s in await slips_of(world, old.notice_number) if s.issue == 1]
    assert (new.centre_state, new.amount_yen) == ("HELD", less)
    await pay_at_bank(world, in_hand(new))
    lump, *_ = await slips_of(world, other)
    await pay_at_bank(world, in_hand(lump))
    # A printed barcode cannot be taken back: the provider takes it until its limit date (§1.5).
    assert await world.pay(GOOD_CARDS[0], old) == "accepted"
    await world.walk_business_days(7)
    found = await find(world.mesh.access, world.mesh.books, FISCAL_YEAR, world.today)
    statement = found.statement
    assert (found.lost, found.doubled, int(statement.residual_yen)) == (0, 0, 0)
    assert all(identity.holds for identity in statement.identities)
    assert int(statement.received_yen) == less + int(lump.amount_yen) + old.amount_yen
    assert int(statement.heaps["B3"]) == old.amount_yen
    states = {s.slip_type: set() for s in await slips_of(world, other)}
    for slip in await slips_of(world, other):
        states[slip.slip_type].add(slip.centre_state)
    assert states == {1: {"CLOSED"}, 2: {"HELD"}}, "paid at the centre, which says so itself"
    codes = sorted(e.code for e in found.exceptions)
    assert codes == ["double_payment", "over_assessed"]
