"""The habits of banks, each through to the money; what banks and other channels do to one slip."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select

from services.lgwan_asp.store import tables as centre
from services.ward_gateway.store import tables as ward
from shared.kit.clock import tokyo_date, tokyo_time
from shared.kit.peer import PeerOutcomeUnknown
from shared.wire.centre_operation import CENTRE_DOWN, CentreDown
from shared.wire.doors import LGWAN_ASP, WARD_GATEWAY
from shared.wire.payeasy import NOTIFY
from simulation.bank_habits import (
    ASKS_TWICE,
    DEMO_BANKS,
    IN_BULK,
    LOSES_ANSWER,
    NEXT_BUSINESS_DAY,
    NOTIFIES_LATE,
    THRICE,
    Bank,
    Habit,
)
from simulation.banks import ATM_CASH, TelegramRefusedError
from simulation.books import Taking
from simulation.cards import GOOD_CARDS
from simulation.rehearsal import FISCAL_YEAR
from simulation.verdict import find
from simulation.year_plan import Slip
from tests.support.payeasy_agreement import agree_when_told, walk_until_paid_and_agree
from tests.support.world import World, make_world


@pytest_asyncio.fixture
async def world(databases, tmp_path):
    """A small world on the morning on which the centre's keys are in effect."""
    made = await make_world(databases, tmp_path, households=3)
    await made.next_morning()
    yield made
    await made.mesh.close()


def bank_with(habit: Habit) -> Bank:
    return next(bank for bank in DEMO_BANKS.values() if bank.habit is habit)


async def pay(world: World, bank: Bank, slip: Slip | None = None) -> Taking:
    """Let a payer pay a slip (a new one) at a bank, now."""
    slip = slip or world.new_slip()
    number = world.mesh.books.allot_number(bank.code)
    return await world.walk.banks.pay(
        slip.keys,
        bank_code=bank.code,
        medium=ATM_CASH,
        at=world.now,
        trace=f"{number:08d}",
        printed_yen=slip.amount_yen,
    )


def calls(world: World, path: str) -> int:
    return sum(call.path == path for call in world.net.calls)


async def receipts(world: World) -> list:
    return list(await world.rows(LGWAN_ASP, select(centre.RECEIPTS).order_by("receipt_number")))


async def test_a_bank_that_asks_twice_pays_once_in_its_second_session(world):
    await pay(world, bank_with(ASKS_TWICE))
    assert (calls(world, "/inquiries"), len(await receipts(world))) == (2, 1)
    used = centre.INQUIRY_SESSIONS.c
    rows = await world.rows(LGWAN_ASP, select(used.used_at.is_(None)).order_by(used.id))
    assert sorted(row[0] for row in rows) == [False, True]
    await walk_until_paid_and_agree(world)


async def test_a_bank_that_notifies_three_times_is_paid_over_once(world):
    await pay(world, bank_with(THRICE))
    assert (calls(world, "/notifications"), len(await receipts(world))) == (3, 1)
    await walk_until_paid_and_agree(world)


async def test_a_bank_that_loses_the_answer_tells_again_and_nothing_doubles(world):
    await pay(world, bank_with(LOSES_ANSWER))
    assert (calls(world, "/notifications"), len(await receipts(world))) == (2, 1)
    await walk_until_paid_and_agree(world)


async def test_a_bank_that_notifies_late_is_recorded_on_an_expired_session(world):
    taking = await pay(world, bank_with(NOTIFIES_LATE))
    assert await receipts(world) == []
    at = world.now
    await world.walk.tell_what_is_due(at + timedelta(hours=3))
    assert world.now == at + timedelta(hours=3)
    (receipt,) = await receipts(world)
    assert (receipt.paid_at, receipt.taken_at - at) == (taking.at, timedelta(hours=3))
    await walk_until_paid_and_agree(world)


async def test_the_post_bank_notifies_on_the_next_business_day_and_pays_over_in_time(world):
    friday = world.today + timedelta(days=4 - world.today.weekday())
    await world.walk_to(tokyo_time(friday, 12))
    taking = await pay(world, bank_with(NEXT_BUSINESS_DAY))
    assert taking.bank_code == "9900"
    monday = friday + timedelta(days=3)
    await world.walk_to(tokyo_time(monday, 8))
    await world.walk.tell_what_is_due(tokyo_time(monday, 9))
    (receipt,) = await receipts(world)
    assert (receipt.paid_on, tokyo_date(receipt.taken_at)) == (friday, monday)
    await walk_until_paid_and_agree(world)


async def test_a_counter_tells_in_bulk_what_it_took_and_all_of_it_arrives(world):
    bank = bank_with(IN_BULK)
    for _ in range(5):
        await pay(world, bank)
    assert (calls(world, "/inquiries"), calls(world, "/notification-batches")) == (0, 0)
    await world.walk.tell_what_is_due(bank.habit.tells_at(world.now))
    assert calls(world, "/notification-batches") == 1
    assert [(r.medium, r.session_id) for r in await receipts(world)] == [("05", "")] * 5
    await walk_until_paid_and_agree(world)


async def test_a_bank_that_is_not_appointed_takes_nothing(world):
    stranger = Bank("0999")
    with pytest.raises(TelegramRefusedError, match="inquiry: 13"):
        await pay(world, stranger)
    assert world.mesh.books.takings("intended", "taken", "unposted") == []
    assert await receipts(world) == []


async def test_what_an_unappointed_counter_took_stays_apart_and_is_not_paid_over(world):
    stranger = Bank("0999", IN_BULK)
    world.walk.banks.known = {"0999": stranger}
    taking = await pay(world, stranger)
    await world.walk.tell_what_is_due(stranger.habit.tells_at(world.now))
    assert world.mesh.books.taking("0999", taking.receipt_number).state == "unposted"
    await world.walk_business_days(4)
    assert world.mesh.books.all_bookings() == []
    found = await find(world.mesh.access, world.mesh.books, FISCAL_YEAR, world.today)
    assert found.lost == 1  # the verdict does not overlook money that a bank keeps


async def test_a_bank_that_pays_over_on_the_third_day_has_its_receipts_funded_all_the_same(world):
    slow = bank_with(LOSES_ANSWER)
    assert slow.pay_in_business_days == 3
    await pay(world, slow)
    await world.walk_business_days(2)  # the day that the 確報 names
    assert world.mesh.books.all_bookings() == []
    await walk_until_paid_and_agree(world)


async def test_a_bank_that_died_before_it_told_tells_when_it_is_back(world):
    """A command that was killed between the bank's books and the centre (`mesh pay`)."""
    bank = DEMO_BANKS["0001"]
    world.mesh.access.patience_seconds = -1.0
    world.net.break_arrow(NOTIFY, "question_lost")
    with pytest.raises(PeerOutcomeUnknown):
        await pay(world, bank)
    world.mesh.access.patience_seconds = 8.0
    assert len(world.mesh.books.takings("intended")) == 1
    await world.walk_business_days(2)  # the money is paid over by the bank's own books meanwhile
    (told,) = await world.walk.banks.tell_due(world.now)
    assert told.state == "taken"
    await agree_when_told(world)
    await walk_until_paid_and_agree(world)


async def test_a_bank_that_is_told_90_keeps_what_it_took_and_tells_again(world):
    late, counter = bank_with(NOTIFIES_LATE), bank_with(IN_BULK)
    await pay(world, late)
    await pay(world, counter)
    due = counter.habit.tells_at(world.now)
    await world.mesh.access.operate(CENTRE_DOWN, CentreDown(down=True))
    await world.walk.tell_what_is_due(due)
    assert len(world.mesh.books.takings("intended")) == 2
    assert await receipts(world) == []
    await world.mesh.access.operate(CENTRE_DOWN, CentreDown(down=False))
    await world.walk.tell_what_is_due(due)
    await walk_until_paid_and_agree(world)


async def test_two_channels_on_one_day_lose_no_yen(world):
    slip = world.new_slip()
    assert await world.pay(GOOD_CARDS[0], slip) == "accepted"
    await pay(world, DEMO_BANKS["0001"], slip)
    await pay(world, bank_with(IN_BULK), slip)
    await world.walk.tell_what_is_due(bank_with(IN_BULK).habit.tells_at(world.now))
    await world.walk_business_days(7)
    found = await find(world.mesh.access, world.mesh.books, FISCAL_YEAR, world.today)
    statement = found.statement
    assert (found.lost, found.doubled, int(statement.residual_yen)) == (0, 0, 0)
    assert int(statement.received_yen) == 3 * slip.amount_yen
    assert int(statement.heaps["B3"]) == 2 * slip.amount_yen
    assert all(identity.holds for identity in statement.identities)
    rows = await world.rows(WARD_GATEWAY, select(ward.RECEIPTS.c.channel))
    assert Counter(row[0] for row in rows) == {"payeasy": 2, "mobile_credit": 1}


async def test_a_card_payment_between_inquiry_and_notification_is_an_overpayment(world):
    """DOMAIN §11.13, by the provider's channel: the bank has asked, then the card pays."""
    slip, bank = world.new_slip(), bank_with(NOTIFIES_LATE)
    await pay(world, bank, slip)
    assert await world.pay(GOOD_CARDS[0], slip) == "accepted"
    await world.walk.tell_what_is_due(bank.habit.tells_at(world.now))
    await world.walk_business_days(7)
    found = await find(world.mesh.access, world.mesh.books, FISCAL_YEAR, world.today)
    assert (found.lost, found.doubled) == (0, 0)
    assert int(found.statement.heaps["B3"]) == slip.amount_yen
