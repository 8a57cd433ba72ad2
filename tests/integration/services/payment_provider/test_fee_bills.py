"""Monthly bills of fees: for which receipts, when, once, and never netted."""

from __future__ import annotations

import asyncio
from datetime import date

from services.payment_provider.usecases.write_fee_bills import write_fee_bills
from shared.wire.fee_bills import LIST_FEE_BILLS
from tests.unit.services.payment_provider.samples import OTHER_WARD, WARD, barcode

NOTHING = {"bills": 0, "receipts": 0, "yen": 0}


async def _bills(provider) -> list[tuple[str, str, int, list[tuple[date, int]]]]:
    """Return number, town, yen and lines of every bill, as the operator prints them."""
    bills = (await provider.operator.ask(LIST_FEE_BILLS)).bills
    return [
        (
            bill.bill_number,
            bill.municipality,
            int(bill.amount_yen),
            [(line.collected_month, line.receipt_count) for line in bill.lines],
        )
        for bill in bills
    ]


async def _confirm(provider, month: int, day: int) -> None:
    """Let every file of a morning be built: 速報 first, then what is due as 確報."""
    provider.at(month, day)
    await provider.run("build_receipts_files")
    await provider.run("build_receipts_files")


JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)


async def test_a_month_is_billed_from_the_first_business_day_from_the_10th(provider):
    await provider.by_bank(barcode(1))
    await provider.by_bank(barcode(2, 5_000), amount=5_000)
    await provider.by_bank(barcode(3, municipality=OTHER_WARD))
    await provider.by_card(barcode(4))  # its fee is the payer's
    await provider.by_bank(barcode(5), account="POOR-1")  # nothing was paid
    await _confirm(provider, 6, 30)
    provider.at(7, 1, 9)
    await provider.by_bank(barcode(6, 700), amount=700)  # next month's
    await _confirm(provider, 7, 9)
    assert await provider.run("write_fee_bills") == NOTHING
    provider.at(7, 10, 8)
    assert await provider.run("write_fee_bills") == {"bills": 2, "receipts": 3, "yen": 165}
    assert await _bills(provider) == [
        ("131041-202507", WARD, 110, [(JUNE, 2)]),
        ("132012-202507", OTHER_WARD, 55, [(JUNE, 1)]),
    ]


async def test_bills_are_written_once_and_by_one_of_two_at_a_time(provider):
    await provider.by_bank(barcode(1))
    await _confirm(provider, 6, 30)
    provider.at(7, 10, 8)
    books = provider.resources.books
    both = await asyncio.gather(write_fee_bills(books), write_fee_bills(books))
    assert sorted(counts["bills"] for counts in both) == [0, 1]
    provider.at(7, 31, 8)
    assert await provider.run("write_fee_bills") == NOTHING


async def test_what_was_confirmed_late_is_in_the_next_bill_under_its_own_month(provider):
    await provider.by_bank(barcode(1))
    await _confirm(provider, 6, 30)
    provider.at(6, 30, 12)
    await provider.by_bank(barcode(2, 5_000), amount=5_000)
    provider.at(7, 10, 5)  # its 確報 has not been written yet
    assert (await provider.run("write_fee_bills"))["receipts"] == 1
    await _confirm(provider, 7, 11)
    provider.at(7, 11, 8)
    assert await provider.run("write_fee_bills") == NOTHING  # July's bill is written
    provider.at(7, 20, 12)
    await provider.by_bank(barcode(3, 700), amount=700)
    await _confirm(provider, 7, 31)
    provider.at(8, 12, 8)  # the 10th is a Sunday, the 11th a holiday
    assert (await provider.run("write_fee_bills"))["receipts"] == 2
    assert (await _bills(provider))[-1] == ("131041-202508", WARD, 110, [(JUNE, 1), (JULY, 1)])


async def test_a_holiday_moves_the_bill_to_the_next_business_day(provider):
    await provider.by_bank(barcode(1))
    await _confirm(provider, 6, 30)
    provider.at(8, 11, 8)
    assert await provider.run("write_fee_bills") == NOTHING
    provider.at(8, 12, 8)
    assert (await provider.run("write_fee_bills"))["bills"] == 1
