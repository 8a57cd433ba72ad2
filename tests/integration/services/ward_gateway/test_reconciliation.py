"""Deposits against receipts: what matches, what is named, and that nothing depends on the order."""

from __future__ import annotations

import asyncio
import itertools
from datetime import date

import pytest

from tests.integration.services.ward_gateway.ward_rows import PAID, TRANSFER, Ward, line

AFTER = date(2025, 7, 5)


@pytest.fixture
async def ward(databases, clock) -> Ward:
    """Two slips paid by Pay-easy, 1,000 and 500 yen, both due to be paid in on one day."""
    ward = Ward(await databases.engine("ward_gateway"), clock)
    await ward.claim("june")
    await ward.claim("july", yen=500)
    await ward.receipt("a", "june")
    await ward.receipt("b", "july", yen=500)
    ward.on(TRANSFER)
    return ward


async def test_an_exact_pay_in_funds_everything_and_leaves_no_residual(ward) -> None:
    await ward.bank(line(1, 1500))
    done = await ward.reconcile()
    assert (done.deposits_matched, done.receipts_funded, done.exceptions_opened) == (1, 2, 0)
    statement = await ward.statement()
    assert statement.residual_yen == 0
    assert statement.heaps["A1"] == statement.heaps["B1"] == statement.heaps["C1"] == 1500
    assert [i for i in statement.identities if not i.holds] == []


async def test_reconciling_again_does_nothing(ward) -> None:
    await ward.bank(line(1, 1500))
    await ward.reconcile()
    again = await ward.reconcile()
    assert (again.deposits_matched, again.receipts_funded, again.exceptions_opened) == (0, 0, 0)


async def test_two_reconciliations_at_once_take_turns(ward) -> None:
    await ward.bank(line(1, 1500))
    done = await asyncio.gather(ward.reconcile(), ward.reconcile())
    assert sorted(one.receipts_funded for one in done) == [0, 2]
    assert (await ward.statement()).residual_yen == 0


async def test_a_missing_deposit_is_in_transit_then_late_then_resolved(ward) -> None:
    await ward.reconcile()
    assert await ward.exceptions() == {}
    ward.on(AFTER)
    await ward.reconcile()
    assert await ward.exceptions() == {"funds_late": 1500}
    statement = await ward.statement()
    assert (statement.heaps["A3"], statement.residual_yen) == (1500, 1500)
    await ward.bank(line(1, 1500))
    await ward.reconcile()
    assert await ward.exceptions() == {}
    assert (await ward.statement()).residual_yen == 0


async def test_a_short_pay_in_leaves_the_missing_yen_late(ward) -> None:
    await ward.bank(line(1, 1200))
    ward.on(AFTER)
    done = await ward.reconcile()
    assert (done.deposits_matched, done.receipts_funded) == (1, 1)
    assert await ward.exceptions() == {"funds_late": 300}
    statement = await ward.statement()
    assert (statement.heaps["A1"], statement.heaps["A3"]) == (1200, 300)
    assert statement.residual_yen == 300
    assert [i for i in statement.identities if not i.holds] == []


async def test_an_added_deposit_is_excess(ward) -> None:
    await ward.bank(line(1, 1500), line(2, 250))
    await ward.reconcile()
    assert await ward.exceptions() == {"deposit_excess": 250}
    statement = await ward.statement()
    assert (statement.heaps["C4"], statement.residual_yen) == (250, 250)


async def test_an_excess_resolves_when_the_missing_receipt_arrives(ward) -> None:
    await ward.bank(line(1, 1750))
    await ward.reconcile()
    await ward.claim("august", yen=250)
    await ward.receipt("c", "august", yen=250)
    await ward.reconcile()
    assert await ward.exceptions() == {}
    assert (await ward.statement()).residual_yen == 0


async def test_a_deposit_that_the_bank_takes_back_leaves_its_receipts_unfunded(ward) -> None:
    await ward.bank(line(1, 1500))
    await ward.reconcile()
    assert await ward.states() == {"FUNDED": 2}
    await ward.bank(line(1, 1500, cancelled=True))
    ward.on(AFTER)
    await ward.reconcile()
    assert await ward.states() == {"CONFIRMED": 2}
    assert await ward.exceptions() == {"funds_late": 1500}
    statement = await ward.statement()
    assert (statement.heaps["A3"], statement.deposited_yen) == (1500, 0)
    assert [i for i in statement.identities if not i.holds] == []


async def test_a_double_payment_with_its_money_leaves_no_residual_but_an_exception(ward) -> None:
    await ward.receipt("again", "june", channel="mobile_banking", minutes=1)
    await ward.bank(line(1, 1500), line(2, 1000, channel="mobile_banking"))
    await ward.reconcile()
    assert await ward.exceptions() == {"double_payment": 1000}
    statement = await ward.statement()
    assert (statement.heaps["B3"], statement.residual_yen) == (1000, 0)
    assert [i for i in statement.identities if not i.holds] == []


async def test_a_receipt_that_no_slip_explains_counts_whole_even_with_its_money(ward) -> None:
    await ward.receipt("stray", None, yen=300)
    await ward.bank(line(1, 1800))
    await ward.reconcile()
    statement = await ward.statement()
    assert (statement.heaps["B8"], statement.residual_yen) == (300, 300)
    assert [i for i in statement.identities if not i.holds] == []


async def test_a_cancelled_preliminary_leaves_its_slip_unpaid_and_no_residual(ward) -> None:
    await ward.claim("august", yen=250)
    await ward.receipt("c", "august", yen=250, confirmed=False)
    await ward.cancel("c", "august")
    await ward.bank(line(1, 1500))
    await ward.reconcile()
    statement = await ward.statement()
    assert (statement.heaps["A7"], statement.residual_yen) == (250, 0)
    assert statement.reached == (3, 2, 2, 1)
    assert [i for i in statement.identities if not i.holds] == []


async def test_a_preliminary_receipt_may_wait_fifteen_days(ward) -> None:
    await ward.claim("august", yen=250)
    await ward.receipt("c", "august", yen=250, confirmed=False)
    await ward.bank(line(1, 1500))
    ward.on(date(2025, 7, 16))
    await ward.reconcile()
    assert await ward.exceptions() == {}
    ward.on(date(2025, 7, 17))
    await ward.reconcile()
    assert await ward.exceptions() == {"preliminary_without_confirmed": 250}


async def test_a_commission_and_its_card_receipt_need_one_another(ward) -> None:
    await ward.claim("august", yen=250)
    await ward.commission("1", "august", yen=250)
    await ward.bank(line(1, 1500))
    await ward.reconcile()
    assert await ward.exceptions() == {"commission_without_receipt": 250}
    await ward.receipt("card", "august", yen=250, channel="mobile_credit")
    await ward.bank(line(2, 250, channel="mobile_credit"))
    await ward.reconcile()
    assert await ward.exceptions() == {}
    await ward.receipt("second card", "august", yen=250, channel="mobile_credit", minutes=1)
    await ward.reconcile()
    assert await ward.exceptions() == {
        "double_payment": 250,
        "receipt_without_commission": 250,
    }


async def test_a_commission_may_wait_two_business_days_for_its_receipt(ward) -> None:
    await ward.claim("august", yen=250)
    await ward.commission("1", "august", yen=250)
    await ward.bank(line(1, 1500))
    ward.on(date(2025, 7, 3))
    await ward.reconcile()
    assert PAID.day == 1
    assert await ward.exceptions() == {}


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
async def test_the_statement_does_not_depend_on_what_arrived_first(databases, clock, order) -> None:
    ward = Ward(await databases.engine("ward_gateway"), clock)
    await ward.claim("june")
    await ward.claim("july", yen=500)
    ward.on(AFTER)
    steps = [
        lambda: ward.receipt("a", "june"),
        lambda: ward.receipt("b", "july", yen=500, channel="mobile_banking"),
        lambda: ward.bank(line(1, 700), line(2, 500, channel="mobile_banking")),
        lambda: ward.receipt("0", "june", minutes=2),
    ]
    for place in order:
        await steps[place]()
        await ward.reconcile()
    lines = [shown[4:] for shown in await ward.lines(await ward.statement())]
    assert lines == [
        ("", "A3", 1000, 0, 0),
        ("", "A1", 500, 0, 0),
        ("mobile_banking", "C1", 0, 0, 500),
        ("payeasy", "C1", 0, 0, 700),
        ("payeasy", "B1", 0, 1000, 0),
        ("payeasy", "B3", 0, 1000, 0),
        ("mobile_banking", "B1", 0, 500, 0),
    ]
    assert await ward.exceptions() == {"double_payment": 1000, "funds_late": 1300}
