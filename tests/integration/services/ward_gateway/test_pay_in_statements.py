"""計算書 at the ward: 確報 × 計算書 × 入金, what only a statement explains, and what is named."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from tests.integration.services.ward_gateway.ward_rows import TRANSFER, Ward, line

BANKING, CARD = "mobile_banking", "mobile_credit"
NEXT, LATER = date(2025, 7, 7), date(2025, 7, 11)


@pytest.fixture
async def ward(databases, clock) -> Ward:
    """Two slips of 1,000 and 500 yen; every pay-in of app banking and of cards has a 計算書."""
    ward = Ward(await databases.engine("ward_gateway"), clock)
    ward.statements_from = {BANKING: TRANSFER, CARD: TRANSFER}
    await ward.claim("june")
    await ward.claim("july", yen=500)
    ward.on(TRANSFER)
    return ward


async def i7(ward: Ward) -> list[tuple[bool, int, int]]:
    """Return the lines of I7 that hold receipts against statements."""
    found = (await ward.statement()).identities
    return [
        (i.holds, i.left_yen, i.right_yen)
        for i in found
        if i.name == "I7" and "pay-in statements" in i.about
    ]


async def broken(ward: Ward) -> list[str]:
    return [f"{i.name} {i.about}" for i in (await ward.statement()).identities if not i.holds]


async def test_receipts_statement_and_deposit_agree(ward) -> None:
    await ward.receipt("a", "june", channel=BANKING)
    await ward.receipt("b", "july", yen=500, channel=BANKING)
    assert await ward.stated(1500, channel=BANKING) == 1
    await ward.bank(line(1, 1500, channel=BANKING))
    ward.on(LATER)
    await ward.reconcile()
    assert await ward.exceptions() == {}
    assert await i7(ward) == [(True, 1500, 1500)]
    assert (await ward.statement()).residual_yen == 0


async def test_a_pay_in_before_its_confirmation_is_statement_only(ward) -> None:
    await ward.receipt("a", "june", channel=BANKING)
    await ward.receipt("b", "july", yen=500, channel=BANKING, confirmed=False)
    await ward.stated(1500, channel=BANKING)
    await ward.bank(line(1, 1530, channel=BANKING))
    ward.on(NEXT)
    await ward.reconcile()
    heaps = (await ward.statement()).heaps
    assert (heaps["C1"], heaps["C2"], heaps["C4"]) == (1000, 500, 30)
    assert await ward.exceptions() == {"pay_in_statement_differs": 500, "deposit_excess": 30}
    assert await broken(ward) == []
    await ward.receipt("late word", None, yen=500, channel=BANKING)  # the 確報, on no slip of ours
    await ward.reconcile()
    heaps = (await ward.statement()).heaps
    assert (heaps["C1"], heaps["C2"], heaps["C4"]) == (1500, 0, 30)
    assert await ward.exceptions() == {"deposit_excess": 30}


async def test_a_statement_explains_no_more_money_than_it_says(ward) -> None:
    await ward.stated(400, channel=BANKING)
    await ward.bank(line(1, 300, channel=BANKING), line(2, 300, channel=BANKING))
    await ward.reconcile()
    heaps = (await ward.statement()).heaps
    assert (heaps["C1"], heaps["C2"], heaps["C4"]) == (0, 400, 200)
    assert await ward.exceptions() == {"deposit_excess": 200}
    assert await broken(ward) == []


@pytest.mark.parametrize(("stated", "difference"), [(1200, 300), (1700, 200)])
async def test_a_statement_that_differs_is_named(ward, stated, difference) -> None:
    await ward.receipt("a", "june", channel=BANKING)
    await ward.receipt("b", "july", yen=500, channel=BANKING)
    await ward.stated(stated, channel=BANKING)
    await ward.bank(line(1, 1500, channel=BANKING))
    await ward.reconcile()
    assert await ward.exceptions() == {}  # the day itself: the bank's evening is not over
    ward.on(LATER)
    assert await i7(ward) == [(False, 1500, stated)]  # nobody has written it down yet
    await ward.reconcile()
    assert await ward.exceptions() == {"pay_in_statement_differs": difference}
    assert await i7(ward) == [(True, 1500, 1500)]  # a difference is an exception line


async def test_money_without_its_statement_is_named_until_it_comes(ward) -> None:
    await ward.receipt("a", "june", channel=BANKING)
    await ward.bank(line(1, 1000, channel=BANKING))
    ward.on(NEXT)
    await ward.reconcile()
    assert await ward.exceptions() == {}  # it may come with the next business morning
    ward.on(LATER)
    await ward.reconcile()
    assert await ward.exceptions() == {"pay_in_statement_missing": 1000}
    assert await broken(ward) == []
    await ward.stated(1000, channel=BANKING)
    await ward.reconcile()
    assert await ward.exceptions() == {}


async def test_where_no_statement_is_agreed_none_is_missing(ward) -> None:
    await ward.receipt("a", "june")
    await ward.bank(line(1, 1000))
    await ward.receipt("b", "july", yen=500, channel=BANKING, transfer=date(2025, 7, 3))
    await ward.bank(line(2, 500, channel=BANKING, day=date(2025, 7, 3)))
    ward.on(LATER)
    await ward.reconcile()
    assert (await ward.exceptions(), await i7(ward)) == ({}, [])


async def test_money_that_did_not_come_is_late_and_no_difference_of_a_statement(ward) -> None:
    await ward.receipt("a", "june", channel=BANKING)
    ward.on(LATER)
    await ward.reconcile()
    assert await ward.exceptions() == {"funds_late": 1000}
    assert await broken(ward) == []


async def test_a_pay_in_that_is_short_of_its_statement_leaves_the_missing_yen_late(ward) -> None:
    await ward.receipt("a", "june", channel=BANKING)
    await ward.stated(1000, channel=BANKING)
    await ward.bank(line(1, 939, channel=BANKING))
    ward.on(LATER)
    await ward.reconcile()
    assert await ward.exceptions() == {"funds_late": 61}
    assert await i7(ward) == [(True, 1000, 1000)]


async def test_an_order_that_makes_up_for_a_missed_one_states_both_days(ward) -> None:
    await ward.receipt("a", "june", channel=BANKING)
    await ward.receipt("b", "july", yen=500, channel=BANKING, transfer=NEXT)
    await ward.stated(1500, channel=BANKING, day=NEXT)
    await ward.bank(line(1, 1500, channel=BANKING, day=NEXT))
    ward.on(LATER)
    await ward.reconcile()
    assert await ward.exceptions() == {}
    assert await i7(ward) == [(True, 1500, 1500)]


async def test_a_second_statement_of_one_pay_in_changes_nothing_and_is_named(ward) -> None:
    assert await ward.stated(1000, channel=BANKING) == 1
    assert await ward.stated(1000, channel=BANKING) == 0
    assert await ward.exceptions() == {}
    assert await ward.stated(900, channel=BANKING) == 0
    assert await ward.exceptions() == {"pay_in_statement_reused": 900}
    await ward.reconcile()
    assert await ward.exceptions() == {"pay_in_statement_reused": 900}
    assert await ward.select("SELECT sum(total_yen) FROM pay_in_statements") == [(1000,)]
    assert await ward.stated(900, channel=BANKING, collected=TRANSFER) == 1  # another pay-in


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::11])
async def test_the_heaps_are_the_same_in_every_order_of_arrival(ward, order) -> None:
    steps = [
        lambda: ward.receipt("a", "june", channel=BANKING),
        lambda: ward.receipt("b", "july", yen=500, channel=CARD),
        lambda: ward.bank(line(1, 1700, channel=BANKING)),
        lambda: ward.stated(1600, channel=BANKING),
        lambda: ward.stated(500, channel=CARD),
    ]
    ward.on(LATER)
    for step in order:
        await steps[step]()
        await ward.reconcile()
    heaps = (await ward.statement()).heaps
    assert (heaps["A1"], heaps["A3"]) == (1000, 500)
    assert (heaps["C1"], heaps["C2"], heaps["C4"]) == (1000, 600, 100)
    assert await ward.exceptions() == {
        "deposit_excess": 100,
        "funds_late": 500,
        "pay_in_statement_differs": 600,
        "receipt_without_commission": 500,
        "trustee_in_default": 500,
    }
    assert await broken(ward) == []
