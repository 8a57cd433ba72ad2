"""GET /dead-keys: how long a key stayed payable that nobody should have paid, and what was paid."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import text

from shared.files.codes import DataType
from shared.kit.clock import tokyo_time
from shared.wire import ward_intranet as wire
from shared.wire.mailing_gate import DEAD_KEYS
from tests.integration.services.ward_gateway.centre_answers import (
    JOB,
    answer,
    next_morning,
    pays_by_app,
    pays_by_payeasy,
    slips_at_centre,
)
from tests.integration.services.ward_gateway.conftest import receipt
from tests.integration.services.ward_gateway.corrected_claims import (
    RUN,
    change,
    hand_in,
    slips_by_issue,
)

DIED = date(2025, 6, 10)  # receipt(): paid at 12:34


async def report(ward: Any, first: date = DIED, last: date = DIED) -> Any:
    query = {"first": first.isoformat(), "last": last.isoformat()}
    return await ward.ask("clerk", DEAD_KEYS, query=query)


async def test_the_window_runs_from_the_payment_to_the_centres_answer(ward) -> None:
    slips = await slips_at_centre(ward, 1000, 2000)
    ward.clock.instant = tokyo_time(date(2025, 6, 11), 8, 30)
    await pays_by_app(ward, slips[0])
    await ward.run(JOB)
    found = await report(ward)
    assert (found.closed, found.still_open, found.median_hours) == (0, 1, None)
    ward.clock.instant = tokyo_time(date(2025, 6, 11), 17)
    answer(ward, 2)
    next_morning(ward)
    await ward.run("collect_lgwan")
    found = await report(ward)
    assert (found.closed, found.still_open) == (1, 0)
    # 12:34 on the 10th to 17:00 on the 11th; that the ward read it a day later changes nothing.
    assert found.median_hours == found.p95_hours == found.longest_hours == 28.4
    assert (found.paid_while_dead, found.paid_while_dead_yen) == (0, 0)
    assert (await report(ward, date(2025, 6, 11), date(2025, 6, 30))).closed == 0


async def test_money_taken_on_a_dead_key_is_counted(ward) -> None:
    slips = await slips_at_centre(ward, 1000, 2000)
    await pays_by_app(ward, slips[0])
    await ward.run(JOB)
    await pays_by_payeasy(ward, slips[0])  # on 11 June
    answer(ward, 2, r1="E130")
    await ward.run("collect_lgwan")
    found = await report(ward)
    assert (found.paid_while_dead, found.paid_while_dead_yen) == (1, 1000)
    assert (found.closed, found.still_open) == (0, 0)


async def test_money_that_comes_with_the_news_that_the_key_is_dead_is_counted_too(ward) -> None:
    slips = await slips_at_centre(ward, 1000)
    await pays_by_app(ward, slips[0])
    await pays_by_payeasy(ward, slips[0])
    assert await ward.run(JOB) == {}, "there is nothing left to ask of the centre"
    assert (await report(ward)).paid_while_dead == 1


async def test_a_payment_before_the_key_died_is_none_on_a_dead_key(ward) -> None:
    slips = await slips_at_centre(ward, 1000)
    await pays_by_payeasy(ward, slips[0])
    later = receipt(slips[0], paid=(date(2025, 6, 12), "0900"))
    ward.offer_receipts(1, later)
    await ward.run("collect_leased_line")
    assert (await report(ward, date(2025, 6, 1), date(2025, 6, 30))).paid_while_dead == 0


async def test_a_payment_that_was_taken_back_is_none(ward) -> None:
    slips = await slips_at_centre(ward, 1000)
    await pays_by_app(ward, slips[0])
    await pays_by_payeasy(ward, slips[0])
    await pays_by_payeasy(ward, slips[0], DataType.CANCELLED, number=2)
    assert (await report(ward)).paid_while_dead == 0


async def test_a_cancelled_claim_is_dead_since_its_cancellation(ward) -> None:
    await slips_at_centre(ward, 1000)
    ward.clock.instant = tokyo_time(date(2025, 6, 12), 8, 30)
    async with ward.engine.begin() as connection:
        cancelled = text("UPDATE assessments SET cancelled_at = '2025-06-10 09:00+09'")
        await connection.execute(cancelled)
    await ward.run(JOB)
    ward.clock.instant = tokyo_time(date(2025, 6, 12), 17)
    answer(ward, 2)
    await ward.run("collect_lgwan")
    assert (await report(ward)).longest_hours == 56.0


async def test_a_difference_slip_that_is_paid_was_not_dead(ward) -> None:
    """1,000 was paid by app, the claim is 1,200 now, and its second slip asks for the other 200."""
    slips = await slips_at_centre(ward, 1000)
    await pays_by_app(ward, slips[0])
    ward.clock.instant = tokyo_time(date(2025, 6, 11), 8, 30)
    await hand_in(ward, change(1, 1200))
    await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    first, second = await slips_by_issue(ward)
    assert second.amount_yen == 200
    await pays_by_payeasy(ward, second, number=1)  # on 11 June
    june = (date(2025, 6, 1), date(2025, 6, 30))
    assert (await report(ward, *june)).paid_while_dead == 0
    # The first slip's key is dead all the same: the app's receipt pays it whole.
    await pays_by_payeasy(ward, first, number=2)
    found = await report(ward, *june)
    assert (found.paid_while_dead, found.paid_while_dead_yen) == (1, 1000)


async def test_a_difference_slip_is_dead_once_somebody_else_pays_it(ward) -> None:
    slips = await slips_at_centre(ward, 1000)
    await pays_by_app(ward, slips[0])
    ward.clock.instant = tokyo_time(date(2025, 6, 11), 8, 30)
    await hand_in(ward, change(1, 1200))
    await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    _, second = await slips_by_issue(ward)
    ward.offer_receipts(2, receipt(second, paid=(date(2025, 6, 11), "0915")))
    await ward.run("collect_leased_line")
    await pays_by_payeasy(ward, second)
    june = (date(2025, 6, 1), date(2025, 6, 30))
    assert (await report(ward, *june)).paid_while_dead == 1


async def test_what_kills_a_difference_slip_is_not_that_its_claim_is_lowered_later(ward) -> None:
    slips = await slips_at_centre(ward, 1000)
    await pays_by_app(ward, slips[0])
    ward.clock.instant = tokyo_time(date(2025, 6, 11), 8, 30)
    await hand_in(ward, change(1, 1200))
    await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    _, second = await slips_by_issue(ward)
    await pays_by_payeasy(ward, second)
    ward.clock.instant = tokyo_time(date(2025, 6, 20), 8, 30)
    await hand_in(ward, change(1, 1000, correction=2))
    june = (date(2025, 6, 1), date(2025, 6, 30))
    assert (await report(ward, *june)).paid_while_dead == 0


async def test_a_payment_that_nobody_knew_of_kills_a_slip_that_asks_for_it_again(ward) -> None:
    """The app's payment of the 10th is told after a slip of the 11th asks for the same yen."""
    slips = await slips_at_centre(ward, 1000)
    ward.clock.instant = tokyo_time(date(2025, 6, 11), 8, 30)
    await hand_in(ward, change(1, 1200))
    await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)
    _, second = await slips_by_issue(ward)
    assert second.amount_yen == 1200
    await pays_by_app(ward, slips[0])
    await pays_by_payeasy(ward, second)
    june = (date(2025, 6, 1), date(2025, 6, 30))
    assert (await report(ward, *june)).paid_while_dead_yen == 1200
