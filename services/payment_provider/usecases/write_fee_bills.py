"""Bill each municipality for its confirmed app-banking receipts, monthly; nothing is netted."""

from __future__ import annotations

from collections.abc import Mapping

from services.payment_provider.domain.fee_bills import (
    FeeBill,
    fee_bill,
    is_billing_time,
    month_of,
)
from services.payment_provider.usecases.books import Books
from shared.kit.calendar import japanese_banks


async def write_fee_bills(books: Books) -> Mapping[str, int]:
    """Write this month's bill of each municipality; return counts of bills, receipts and yen.

    From the first business day from the 10th: it bears every confirmed receipt of the months
    before that no bill bears, so one that was confirmed late joins the next month's. Bill, lines
    and the receipts' mark are one transaction; with the unique (municipality, month) a repeated or
    concurrent run is harmless. Without a receipt there is no bill.
    """
    counts = {"bills": 0, "receipts": 0, "yen": 0}
    today = books.clock.today()
    if not is_billing_time(today, japanese_banks()):
        return counts
    for contract in books.contracts:
        async with books.open_unit_of_work() as work:
            town = contract.municipality
            receipts = await work.fee_bills.take_billable(town, month_of(today))
            if not receipts:
                continue
            bill = fee_bill(contract, receipts, today)
            if not await work.fee_bills.add(bill, [receipt.id for receipt in receipts]):
                continue
            await work.commit()
        counts["bills"] += 1
        counts["receipts"] += bill.receipt_count
        counts["yen"] += bill.amount_yen
    return counts


async def list_fee_bills(books: Books) -> list[FeeBill]:
    """Return every bill, oldest first: what is printed and posted to each municipality."""
    async with books.open_unit_of_work() as work:
        return await work.fee_bills.all()
