"""Transfer orders of app-banking money, and the ward's bank that fetches them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import update

from services.payment_provider.domain.contracts import Contracts
from services.payment_provider.store.tables import RECEIPTS
from services.payment_provider.usecases.write_transfer_orders import write_transfer_orders
from shared.kit.peer import PeerOutcomeUnknown
from shared.kit.peer_names import Network
from shared.wire.transfer_orders import FROM_PROVIDER
from tests.unit.services.payment_provider.samples import OTHER_WARD, WARD, barcode


async def _orders(provider, value_date: str, caller: str = "ward-bank"):
    client = provider.net.client(caller, "payment_provider", "operator", Network.OPERATOR)
    return (await client.ask(FROM_PROVIDER, query={"value_date": value_date})).orders


async def _pay(provider) -> None:
    await provider.by_bank(barcode(1))
    await provider.by_bank(barcode(2, 5_000), amount=5_000)
    await provider.by_bank(barcode(3, municipality=OTHER_WARD))
    await provider.by_card(barcode(4))  # the card agent's money, not ours
    provider.at(6, 11, 12)
    await provider.by_bank(barcode(5, 700), amount=700)  # the next cut-off group


async def test_one_order_for_each_municipality_and_value_date(provider):
    await _pay(provider)
    provider.at(6, 13, 7)
    assert await provider.run("write_transfer_orders") == {"orders": 2, "yen": 71_276}
    ours, theirs = await _orders(provider, "2025-06-13")
    assert (ours.municipality, ours.amount_yen, ours.remitter_code) == (WARD, 38_138, "0013104101")
    assert (theirs.municipality, theirs.amount_yen) == (OTHER_WARD, 33_138)
    assert await _orders(provider, "2025-06-09") == ()
    provider.at(6, 25, 7)
    assert await provider.run("write_transfer_orders") == {"orders": 1, "yen": 700}


async def test_orders_are_written_from_seven_in_the_morning_and_only_once(provider):
    await _pay(provider)
    provider.at(6, 13, 6, 59)
    assert (await provider.run("write_transfer_orders"))["orders"] == 0
    provider.at(6, 13, 7)
    books = provider.resources.books
    both = await asyncio.gather(write_transfer_orders(books), write_transfer_orders(books))
    assert sum(counts["orders"] for counts in both) == 2
    assert (await provider.run("write_transfer_orders"))["orders"] == 0
    assert len(await _orders(provider, "2025-06-13")) == 2


async def test_a_run_that_was_missed_is_made_up_for_by_an_order_of_today(provider):
    await _pay(provider)
    provider.at(6, 27, 6)
    assert (await provider.run("write_transfer_orders"))["orders"] == 0
    provider.at(6, 27, 7)
    assert await provider.run("write_transfer_orders") == {"orders": 2, "yen": 71_976}
    assert await _orders(provider, "2025-06-13") == ()  # no bank books into the past
    assert await _orders(provider, "2025-06-25") == ()
    ours, theirs = await _orders(provider, "2025-06-27")
    assert (ours.amount_yen, theirs.amount_yen) == (38_838, 33_138)


async def test_no_money_is_ordered_for_a_day_on_which_banks_are_closed(provider):
    await _pay(provider)
    provider.at(6, 14, 9)  # Saturday
    assert await provider.run("write_transfer_orders") == {"orders": 0, "yen": 0}
    provider.at(6, 16, 9)
    assert await provider.run("write_transfer_orders") == {"orders": 2, "yen": 71_276}


async def test_a_receipt_that_comes_after_its_days_order_joins_the_next_one(provider):
    await _pay(provider)
    provider.at(6, 13, 7)
    await provider.run("write_transfer_orders")
    async with provider.resources.foundation.engine.begin() as connection:
        late = update(RECEIPTS).where(RECEIPTS.c.amount_yen == 700)
        await connection.execute(late.values(transfer_date=date(2025, 6, 13)))
    assert await provider.run("write_transfer_orders") == {"orders": 0, "yen": 0}
    provider.at(6, 16, 7)
    assert await provider.run("write_transfer_orders") == {"orders": 1, "yen": 700}
    provider.at(6, 25, 7)
    assert await provider.run("write_transfer_orders") == {"orders": 0, "yen": 0}


async def test_every_receipt_is_in_one_order_and_every_order_is_its_receipts(provider):
    await _pay(provider)
    for day in (13, 25):
        provider.at(6, day, 7)
        await provider.run("write_transfer_orders")
    ordered = {
        order.order_id: order.amount_yen
        for day in ("2025-06-13", "2025-06-25")
        for order in await _orders(provider, day)
    }
    paid: dict = {}
    for receipt in await provider.receipts():
        if receipt.channel == "mobile_banking":
            key = receipt.transfer_order_id
            paid[key] = paid.get(key, 0) + receipt.amount_yen
    assert ordered == paid


async def test_who_may_see_health_may_not_see_orders(provider):
    with pytest.raises(PeerOutcomeUnknown, match="caller_not_admitted"):
        await _orders(provider, "2025-06-13", caller="monitor")


async def test_what_comes_after_the_banks_cut_off_is_paid_by_the_next_days_order(provider):
    await _pay(provider)
    provider.at(6, 13, 15)
    assert await provider.run("write_transfer_orders") == {"orders": 0, "yen": 0}
    provider.at(6, 16, 7)
    assert await provider.run("write_transfer_orders") == {"orders": 2, "yen": 71_276}
    assert await _orders(provider, "2025-06-13") == ()
    assert len(await _orders(provider, "2025-06-16")) == 2


async def test_a_bank_that_missed_days_is_told_the_orders_of_all_of_them(provider):
    await _pay(provider)
    for day in (13, 25):
        provider.at(6, day, 7)
        await provider.run("write_transfer_orders")
    client = provider.net.client("ward-bank", "payment_provider", "operator", Network.OPERATOR)
    query = {"value_date": "2025-06-25", "since": "2025-06-12"}
    found = (await client.ask(FROM_PROVIDER, query=query)).orders
    assert [(o.value_date.day, o.municipality) for o in found] == [
        (13, WARD),
        (13, OTHER_WARD),
        (25, WARD),
    ]


async def test_a_town_without_a_contract_keeps_no_other_town_unpaid(provider):
    await _pay(provider)
    provider.at(6, 13, 7)
    theirs = Contracts((provider.resources.contracts.of(OTHER_WARD),))
    counts = await write_transfer_orders(replace(provider.resources.books, contracts=theirs))
    assert counts == {"orders": 1, "yen": 33_138, "failed": 1}
    [order] = await _orders(provider, "2025-06-13")
    assert order.municipality == OTHER_WARD
    assert (await provider.run("write_transfer_orders"))["yen"] == 38_138
