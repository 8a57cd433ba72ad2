"""消込 in the database: whole, by differences, with the double payment that a clerk sees."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import text

from services.ward_gateway.usecases.clear_receipts import clear_assessments
from tests.integration.services.ward_gateway.ward_rows import Ward, named


@pytest.fixture
async def ward(databases, clock) -> Ward:
    return Ward(await databases.engine("ward_gateway"), clock)


async def clearings(ward: Ward) -> dict:
    async with ward.engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT receipt_id, assessment_id, amount_yen FROM clearings")
        )
        return {(receipt, claim): yen for receipt, claim, yen in rows}


async def test_a_double_payment_opens_an_exception_and_a_cancellation_closes_it(ward) -> None:
    await ward.claim("june")
    await ward.receipt("first", "june")
    await ward.receipt("second", "june", minutes=3, confirmed=False)
    assert await ward.exceptions() == {"double_payment": 1000}
    await ward.cancel("second", "june")
    assert await ward.exceptions() == {}
    assert await ward.exceptions("RESOLVED") == {"double_payment": 1000}


async def test_an_earlier_payment_that_arrives_later_pays_instead(ward) -> None:
    await ward.claim("june")
    await ward.receipt("late", "june", minutes=9)
    assert await clearings(ward) == {(named("late"), named("june")): 1000}
    await ward.receipt("early", "june", minutes=1)
    assert await clearings(ward) == {(named("early"), named("june")): 1000}


async def test_the_exception_grows_with_the_overpayment_and_stays_one(ward) -> None:
    await ward.claim("june")
    for minutes, name in enumerate(("a", "b", "c")):
        await ward.receipt(name, "june", minutes=minutes)
    assert await ward.exceptions() == {"double_payment": 2000}
    async with ward.engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM exceptions"))).scalar() == 1


async def test_clearing_again_changes_nothing(ward) -> None:
    claim = await ward.claim("june")
    await ward.receipt("a", "june")
    async with ward.work() as work:
        assert await clear_assessments(work, [claim]) == 0
        assert await clear_assessments(work, []) == 0


@pytest.mark.parametrize("order", list(itertools.permutations((0, 1, 2))))
async def test_every_order_of_arrival_clears_alike(ward, order) -> None:
    await ward.claim("june", yen=1000)
    for place in order:
        await ward.receipt(f"r{place}", "june", yen=600, minutes=place)
    assert await clearings(ward) == {
        (named("r0"), named("june")): 600,
        (named("r1"), named("june")): 400,
    }
    assert await ward.exceptions() == {"double_payment": 800}
