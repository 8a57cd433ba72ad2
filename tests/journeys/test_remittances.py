"""Money that comes late, short or unreported, or from a bank that slept, as the ward sees it."""

from __future__ import annotations

from datetime import date

import pytest

from deploy.installation import MUNICIPALITY
from shared.kit.clock import tokyo_time
from shared.wire.sandbox_books import CARD_NETWORK_BOOKS
from shared.wire.sandbox_remittances import CHARGE_BACK, PLAN_TROUBLE, ChargeBack, PlanTrouble
from shared.wire.ward_intranet import (
    DECIDE_TRUSTEE,
    LIST_DUNNING_HOLDS,
    LIST_STATEMENT_LINES,
    DecideTrustee,
)
from tests.journeys.small_town import SmallTown, broken

JULY_15, JULY_16, JULY_17 = date(2025, 7, 15), date(2025, 7, 16), date(2025, 7, 17)
CHANNELS = ("mobile_credit", "mobile_banking", "payeasy")


@pytest.fixture
async def town(mesh) -> SmallTown:
    return await SmallTown.found(mesh)


async def at_residual_0(town: SmallTown) -> None:
    statement = await town.statement()
    assert (await town.exceptions(), statement.residual_yen, broken(statement)) == ({}, 0, [])
    assert statement.heaps["A2"] == statement.heaps["A3"] == statement.heaps["C4"] == 0
    assert statement.heaps["A1"] == statement.heaps["C1"] == statement.received_yen > 0


async def test_a_missed_07_00_ends_at_residual_0(town) -> None:
    for channel in CHANNELS[:2]:
        await town.pay(channel)
    await town.live_through(date(2025, 6, 3))
    await town.skip_to(tokyo_time(JULY_15, 21))  # every 07:00 until then is missed
    await town.run("card_agent", "write_transfer_orders")
    await town.run("payment_provider", "write_transfer_orders", "build_receipts_files")
    await town.live_through(JULY_16)
    assert {r.transfer_date for r in (await town.receipts()).values()} == {
        date(2025, 6, 10),
        date(2025, 6, 13),
    }
    await town.live_through(JULY_17)
    await at_residual_0(town)


async def test_a_bank_that_slept_through_a_day_books_its_orders_on_the_next(town) -> None:
    for channel in CHANNELS:
        await town.pay(channel)
    await town.live_to(tokyo_time(date(2025, 6, 10), 19))  # the agent's order of today is written
    await town.skip_to(tokyo_time(date(2025, 6, 10), 21))  # the bank's day has not been
    await town.live_through(date(2025, 6, 12))
    await town.live_to(tokyo_time(date(2025, 6, 13), 19))  # and the provider's
    await town.skip_to(tokyo_time(date(2025, 6, 13), 21))
    await town.live_through(date(2025, 6, 16))
    assert {r.phase for r in (await town.receipts()).values()} == {"funded"}
    await at_residual_0(town)


CARD_DUE = date(2025, 6, 10)


async def plan(town: SmallTown, kind: str, **amount: int) -> None:
    body = PlanTrouble(municipality=MUNICIPALITY, value_date=CARD_DUE, kind=kind, **amount)
    await town.mesh.access.operate(PLAN_TROUBLE, body)


async def two_cards(town: SmallTown) -> tuple[int, int]:
    """Let two slips be paid by card, both designated for one day; return their yen."""
    first, second = await town.pay("mobile_credit"), await town.pay("mobile_credit")
    return first.amount_yen, second.amount_yen


async def reasons(town: SmallTown) -> set[tuple[str, str]]:
    """Return (heap, reason) of the lines that say why they stand where they stand."""
    statement = await town.statement()
    lines = (
        await town.mesh.access.staff_asks(
            "treasury", LIST_STATEMENT_LINES, statement_id=statement.statement_id
        )
    ).lines
    return {(line.heap, line.reason) for line in lines if line.reason}


async def test_a_late_remittance_is_named_on_day_1_and_ends_at_residual_0(town) -> None:
    total = sum(await two_cards(town))
    await plan(town, "late", business_days=3)
    await town.live_through(CARD_DUE)
    assert await town.exceptions() == {}
    await town.live_through(date(2025, 6, 11))
    assert await town.exceptions() == {"funds_late": total, "trustee_in_default": total}
    assert await reasons(town) == {("A3", "TRUSTEE_IN_DEFAULT")}
    held = (await town.mesh.access.staff_asks("clerk", LIST_DUNNING_HOLDS)).holds
    assert [hold.reasons for hold in held] == [("TRUSTEE_IN_DEFAULT",)] * 2
    assert broken(await town.statement()) == []
    await town.live_through(date(2025, 6, 16))
    await at_residual_0(town)
    receipt = (await town.receipts())["mobile_credit"]
    assert receipt.deemed_on == receipt.income_on == date(2025, 6, 13)
    assert (await town.mesh.access.staff_asks("clerk", LIST_DUNNING_HOLDS)).holds == ()


async def test_a_partial_remittance_is_late_for_its_rest_alone(town) -> None:
    amounts = await two_cards(town)
    await plan(town, "partial", commissions=1)
    await town.live_through(CARD_DUE)
    assert int((await town.statement()).deposited_yen) in amounts
    await town.live_through(date(2025, 6, 11))
    assert "trustee_in_default" not in await town.exceptions()  # it came on day 1
    await town.live_through(date(2025, 6, 12))
    await at_residual_0(town)


async def test_a_short_remittance_leaves_exactly_the_missing_yen_late(town) -> None:
    await two_cards(town)
    await plan(town, "short", yen=61)
    await town.live_through(date(2025, 6, 12))
    statement, found = await town.statement(), await town.exceptions()
    assert (statement.residual_yen, statement.heaps["A3"], found["funds_late"]) == (61, 61, 61)
    assert set(found) == {"funds_late", "trustee_in_default"}
    # The agent's report says that it paid all of it: I13 holds that against its deposit.
    assert [i.name for i in statement.identities if not i.holds] == ["I13"]


async def test_an_unreported_commission_is_named_by_its_receipt_its_statement_and_the_deposit(
    town,
) -> None:
    amounts = await two_cards(town)
    await plan(town, "unreported", commissions=1)
    await town.live_through(date(2025, 6, 12))
    statement, found = await town.statement(), await town.exceptions()
    assert set(found) == {"receipt_without_commission", "pay_in_statement_differs"}
    assert found["receipt_without_commission"] == found["pay_in_statement_differs"]
    assert found["receipt_without_commission"] in amounts
    assert statement.residual_yen == 0
    assert [i.name for i in statement.identities if not i.holds] == ["I13"]


async def test_a_chargeback_undoes_nothing_at_the_ward(town) -> None:
    total = sum(await two_cards(town))
    listed = await town.mesh.access.operate(CARD_NETWORK_BOOKS)
    body = ChargeBack(authorisation_id=listed.lines[0].reference)
    await town.mesh.access.operate(CHARGE_BACK, body)
    await town.live_through(date(2025, 6, 12))
    assert (await town.statement()).heaps["A1"] == total
    await at_residual_0(town)


async def test_a_supervisor_returns_what_a_trustee_never_paid(town) -> None:
    slip = await town.pay("mobile_credit")
    await plan(town, "late", business_days=20)
    await town.live_through(date(2025, 6, 12))
    (number,) = [
        e.subject_id for e in await town.open_exceptions() if e.code == "trustee_in_default"
    ]
    decision = DecideTrustee(
        commission_number=number, document_number="R7-101", decided_on=date(2025, 6, 12)
    )
    await town.mesh.access.staff_asks("supervisor", DECIDE_TRUSTEE, decision)
    statement = await town.statement()
    assert (statement.heaps["B9"], statement.heaps["A3"]) == (slip.amount_yen, 0)
    assert await reasons(town) == {("B9", "TRUSTEE_RETURNED")}
    assert broken(statement) == []
    await town.live_through(date(2025, 7, 10))
    await at_residual_0(town)
