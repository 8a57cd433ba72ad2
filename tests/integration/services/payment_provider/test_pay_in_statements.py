"""計算書 of app-banking pay-ins: one commit with their order, and what they say."""

from __future__ import annotations

from datetime import date

import pytest

from services.payment_provider.store.tables import FILES, TRANSFER_ORDERS
from services.payment_provider.store.unit_of_work import UnitOfWork
from services.payment_provider.usecases.write_transfer_orders import write_transfer_orders
from shared.files.keisansho import StatementLine, load_keisansho
from shared.keys.channels import Channel
from shared.wire.file_collection import PAY_IN_STATEMENT
from tests.support.databases import as_written
from tests.unit.services.payment_provider.samples import OTHER_WARD, WARD, barcode


class Killed(BaseException):
    """The process ended here."""


async def _statements(provider, town: str = WARD) -> list[list[StatementLine]]:
    """Return the lines of every 計算書 that waits for a town, as its terminal reads them."""
    terminal = await provider.terminal(town)
    found = []
    for file in await terminal.files():
        if file.kind == PAY_IN_STATEMENT:
            loaded = load_keisansho([await terminal.collect(file)])
            assert loaded.problems == []
            assert file.record_count == len(loaded.records)
            assert file.total_yen == loaded.records[-1].amount_yen
            found.append(loaded.records)
    return found


async def _rows(provider, table) -> list:
    async with provider.resources.foundation.engine.connect() as connection:
        return list((await connection.execute(as_written(table))).all())


async def test_each_order_has_a_statement_of_its_receipts_for_its_town(provider):
    await provider.by_bank(barcode(1))
    provider.at(6, 3, 9)
    await provider.by_bank(barcode(2, 5_000), amount=5_000)
    await provider.by_bank(barcode(3, municipality=OTHER_WARD))
    await provider.by_card(barcode(4))  # the card agent's money, and its statement
    provider.at(6, 13, 7)
    await provider.run("write_transfer_orders")
    [lines] = await _statements(provider)
    total = lines[-1]
    assert (total.count, total.amount_yen, total.is_total) == (2, 38_138, True)
    assert sum(line.amount_yen for line in lines[:-1]) == 38_138
    assert {line.channel for line in lines} == {Channel.MOBILE_BANKING}
    assert (total.collected_from, total.collected_to) == (date(2025, 6, 2), date(2025, 6, 3))
    assert (total.paid_in_on, total.remitter_code) == (date(2025, 6, 13), "0013104101")
    [[*_, other]] = await _statements(provider, OTHER_WARD)
    assert (other.municipality, other.amount_yen) == (OTHER_WARD, 33_138)


async def test_an_order_and_its_statement_are_one_commit(provider):
    await provider.by_bank(barcode(1))
    provider.at(6, 13, 7)
    books = provider.resources.books

    class Dying(UnitOfWork):
        async def commit(self) -> None:
            raise Killed

    engine = provider.resources.foundation.engine
    dying = type(books)(
        lambda: Dying(engine, provider.clock), books.contracts, books.clock, books.terms
    )
    with pytest.raises(Killed):
        await write_transfer_orders(dying)
    assert (await _rows(provider, TRANSFER_ORDERS), await _rows(provider, FILES)) == ([], [])
    await provider.run("write_transfer_orders")
    [order] = await _rows(provider, TRANSFER_ORDERS)
    [lines] = await _statements(provider)
    assert lines[-1].amount_yen == order.amount_yen == 33_138


async def test_statements_are_numbered_without_gaps_and_written_once(provider):
    await provider.by_bank(barcode(1))
    provider.at(6, 11, 12)
    await provider.by_bank(barcode(2, 700), amount=700)
    for day in (13, 13, 25, 25):
        provider.at(6, day, 7)
        await provider.run("write_transfer_orders")
    rows = [row for row in await _rows(provider, FILES) if row.kind == PAY_IN_STATEMENT]
    assert sorted((row.sequence, row.total_yen) for row in rows) == [(1, 33_138), (2, 700)]
