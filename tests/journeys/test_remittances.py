"""Money that comes late, short or unreported, or from a bank that slept, as the ward sees it."""

from __future__ import annotations

from datetime import date

import pytest

from shared.kit.clock import tokyo_time
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
