"""Two copies of the centre on one database, with the engines that they have outside of tests."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest_asyncio
from sqlalchemy import text

from services.lgwan_asp.domain.counter_payments import CounterPayment
from services.lgwan_asp.domain.inquiries import BillKey, TelegramCode
from services.lgwan_asp.domain.receipts import Notification
from services.lgwan_asp.domain.refusals import ReceiptNumberReused
from services.lgwan_asp.resources import Resources, build_resources
from services.lgwan_asp.usecases.cancel_receipt import cancel_receipt
from services.lgwan_asp.usecases.inquire import Answered, Inquiry, inquire
from services.lgwan_asp.usecases.notify import notify
from services.lgwan_asp.usecases.notify_in_bulk import notify_in_bulk
from shared.kit.problems import Overloaded
from tests.integration.services.lgwan_asp.conftest import WARD_A, Centre, Slip

TUESDAY = date(2025, 6, 3)
NOTIFIED = "SELECT receipt_number, session_id FROM receipts"
OK = TelegramCode.OK


@dataclass(frozen=True)
class Copy:
    """One of them: its own pools, its own rounds."""

    res: Resources

    async def notify(self, notification: Notification) -> TelegramCode:
        res = self.res
        return await notify(
            notification,
            telegrams=res.telegrams,
            open_unit_of_work=res.open_unit_of_work,
            clock=res.clock,
        )

    async def bulk(self, payments: list[CounterPayment]) -> list[str]:
        res = self.res
        codes = await notify_in_bulk(
            "0001",
            payments,
            contracts=res.contracts,
            open_unit_of_work=res.open_unit_of_work,
            clock=res.clock,
        )
        return [code.value for code in codes]

    async def cancel(self, notification: Notification) -> TelegramCode:
        return await cancel_receipt(
            bank_code=notification.bank_code,
            receipt_number=notification.receipt_number,
            paid_on=notification.paid_on,
            reason=1,
            open_unit_of_work=self.res.open_unit_of_work,
            clock=self.res.clock,
        )

    async def inquire(self, slip: Slip) -> Answered:
        res = self.res
        return await inquire(
            Inquiry(_key(slip), slip.confirmation_number, "0001", "001", "01", "T1"),
            contracts=res.contracts,
            telegrams=res.telegrams,
            open_unit_of_work=res.open_unit_of_work,
            clock=res.clock,
            limits=res.guess_limits,
            slow_lane=res.slow_lane,
        )


@pytest_asyncio.fixture
async def copies(centre: Centre, settings) -> AsyncIterator[list[Copy]]:
    url = centre.resources.foundation.engine.url.render_as_string(hide_password=False)
    own = settings.model_copy(update={"database_url": type(settings.database_url)(url)})
    made = [Copy(build_resources(own, clock=centre.clock)) for _ in range(2)]
    yield made
    for copy in made:
        await copy.res.close()


def _key(slip: Slip) -> BillKey:
    return BillKey(WARD_A.institution, slip.payment_number, "341")


async def _notifications(
    centre: Centre, slips: list[Slip], number: str = "R{}"
) -> list[Notification]:
    """Ask for each slip; return what the bank tells of its payment."""
    answers = await asyncio.gather(*(centre.inquire(slip) for slip in slips))
    return [
        Notification(
            session_id=answer.session_id,
            bank_code="0001",
            branch_code="001",
            trace_number="T1",
            receipt_number=number.format(n),
            amount_yen=answer.amount_yen,
            paid_at=centre.clock.now(),
            paid_on=TUESDAY,
            medium="01",
        )
        for n, answer in enumerate(answers)
    ]


async def all_of(*calls: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


async def _count(centre: Centre, what: str) -> int:
    return (await centre.rows(f"SELECT count(*) FROM {what}"))[0][0]  # noqa: S608


async def test_a_payment_told_to_both_copies_again_and_again_is_posted_once(centre, copies):
    slips = [Slip(n) for n in range(1, 41)]
    await centre.publish(*slips)
    told = await _notifications(centre, slips)
    calls = [copy.notify(each) for copy in copies for each in told * 3]
    random.Random(7).shuffle(calls)
    assert await all_of(*calls) == [OK] * 240
    assert len(await centre.rows(NOTIFIED)) == 40
    assert await _count(centre, "history WHERE record = 'receipts'") == 40
    assert await _count(centre, "inquiry_sessions WHERE used_at IS NOT NULL") == 40


async def test_a_receipt_number_for_ten_payments_at_once_is_that_of_one_of_them(centre, copies):
    slips = [Slip(n) for n in range(1, 11)]
    await centre.publish(*slips)
    told = await _notifications(centre, slips, "SAME")
    found = await all_of(*(copies[n % 2].notify(each) for n, each in enumerate(told)))
    [(_, winner)] = await centre.rows(NOTIFIED)
    for each, answer in zip(told, found, strict=True):
        if each.session_id == winner:
            assert answer is OK
        else:
            assert isinstance(answer, ReceiptNumberReused)
    assert await _count(centre, "unposted_notifications") == 9


async def test_telegrams_batches_and_cancellations_at_once_lose_no_payment_that_was_answered(
    centre, copies
):
    """Some callers are called off under way; nobody else hears of it, and no lane stands still."""
    slips = [Slip(n) for n in range(1, 61)]
    await centre.publish(*slips)
    told = await _notifications(centre, slips)
    counted = [
        CounterPayment(_key(slip), slip.confirmation_number, each)
        for slip, each in zip(slips, told, strict=True)
    ]
    dice = random.Random(11)
    telegrams = [(each, copy.notify(each)) for copy in copies for each in told * 2]
    others = [copy.bulk(dice.sample(counted, 40)) for copy in copies for _ in range(3)]
    others += [copy.cancel(each) for copy in copies for each in told[::5]]
    dice.shuffle(telegrams)
    going = [asyncio.create_task(call) for _, call in telegrams]
    beside = asyncio.create_task(all_of(*others))
    for task in dice.sample(going, 30):
        await asyncio.sleep(0)
        task.cancel()
    found = await all_of(*going)
    assert {each for each in found if not isinstance(each, asyncio.CancelledError)} == {OK}
    assert [each for each in await beside if isinstance(each, BaseException)] == []
    there = dict(await centre.rows(NOTIFIED))
    answered = [each for (each, _), code in zip(telegrams, found, strict=True) if code is OK]
    assert [there[each.receipt_number] for each in answered] == [
        each.session_id for each in answered
    ]
    assert await _count(centre, "history WHERE version = 0 AND record = 'receipts'") == len(there)
    assert await all_of(*(copy.notify(each) for copy in copies for each in told)) == [OK] * 120


async def test_no_session_says_another_amount_than_its_bill_had_when_it_was_opened(centre, copies):
    """A change looks, with the bill locked as an upload does, for sessions of another amount."""
    slip = Slip(1)
    await centre.publish(slip)
    asking = True
    seen: list[Any] = []

    async def ask(copy: Copy) -> None:
        while asking:
            seen.extend(await all_of(copy.inquire(slip)))

    askers = [asyncio.create_task(ask(copy)) for copy in copies for _ in range(5)]
    wrong, which = 0, {"number": slip.payment_number}
    while len(seen) < 500:
        async with centre.resources.foundation.engine.begin() as changing:
            lock = "SELECT amount_yen FROM bills WHERE payment_number = :number FOR NO KEY UPDATE"
            amount = (await changing.execute(text(lock), which)).scalar_one()
            closed = "DELETE FROM inquiry_sessions RETURNING amount_yen"
            wrong += sum(yen != amount for yen in (await changing.execute(text(closed))).scalars())
            change = "UPDATE bills SET amount_yen = :yen, principal_yen = :yen"
            await changing.execute(text(change), {"yen": amount + 1})
    asking = False
    await asyncio.gather(*askers)
    answered = [each for each in seen if isinstance(each, Answered)]
    assert answered
    assert {type(each) for each in seen} <= {Answered, Overloaded}
    assert wrong == 0
    assert all(each.bill.amount_yen == each.session.amount_yen for each in answered)


async def test_telegrams_go_on_while_their_tables_are_migrated(centre, copies, databases):
    """Plans that connections keep: a bill with one more column, an identity by another index."""
    slips = [Slip(n) for n in range(1, 7)]
    await centre.publish(*slips)
    told = await _notifications(centre, slips[:4])
    assert await all_of(*(map(copies[0].notify, told[:2]))) == [OK] * 2
    assert (await copies[0].inquire(slips[4])).code is OK
    name = centre.resources.foundation.engine.url.database
    identity = "one_receipt UNIQUE (paid_on, bank_code, receipt_number)"
    async with databases.server.connection(name) as migrating:
        await migrating.execute("ALTER TABLE bills ADD COLUMN more text DEFAULT 'x'")
        drop = "ALTER TABLE receipts DROP CONSTRAINT one_receipt"
        await migrating.execute(f"{drop}, ADD CONSTRAINT {identity}")
    assert await all_of(*(map(copies[0].notify, told))) == [OK] * 4
    assert [each.code for each in await all_of(*map(copies[0].inquire, slips[4:]))] == [OK] * 2
