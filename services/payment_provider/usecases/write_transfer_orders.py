"""Order the transfers of app-banking money that fall due, one per municipality and value date, each
with its 計算書 for the ward (BOOKS §1.12).

Card money is the card agent's to pay (BOOKS §2.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from services.payment_provider.domain.files import WaitingFile
from services.payment_provider.domain.transfer_orders import DueReceipt, TransferOrder
from services.payment_provider.store.unit_of_work import UnitOfWork
from services.payment_provider.usecases.books import Books
from shared.files.keisansho import keisansho_totals, write_keisansho
from shared.files.pay_ins import Taken, pay_in_lines
from shared.keys.barcode import barcode_biller_number
from shared.keys.channels import Channel
from shared.kit.calendar import japanese_banks
from shared.kit.clock import Clock, tokyo_time
from shared.kit.ids import new_id
from shared.kit.logs import logger
from shared.kit.money import ZERO_YEN, Yen
from shared.wire.file_collection import PAY_IN_STATEMENT
from shared.wire.transfer_orders import ORDERS_UNTIL_HOUR

ORDERS_FROM_HOUR = 7
"""Tokyo hour from which a value date's orders may be written: its 確報 went out that morning or
before.
"""


async def write_transfer_orders(books: Books) -> Mapping[str, int]:
    """Write today's order of each municipality; return counts of orders and yen.

    It pays every receipt whose transfer date has come and which no order pays yet, so a day on
    which this did not run, or a receipt that came after its day's order, is made up for by the
    next order and never by one of a day that has passed, which no bank would book. The receipts
    bear their order; with the unique (municipality, value date) a repeated or concurrent run is
    harmless. An order and its 計算書 are one transaction: neither is ever there without the other.
    A municipality whose order fails for a fault of ours (no contract, say) is logged and counted
    as failed: the others are paid.
    """
    counts = {"orders": 0, "yen": 0}
    day = _day_to_order(books.clock)
    if day is None:
        return counts
    async with books.open_unit_of_work() as work:
        towns = await work.receipts.towns_to_pay(Channel.MOBILE_BANKING, day)
    for town in towns:
        try:
            order = await _order(town, day, books)
        except Exception:  # noqa: BLE001 - one town's failure must not keep the others unpaid
            logger().exception("transfer_order_failed", municipality=town)
            counts["failed"] = counts.get("failed", 0) + 1
        else:
            counts["orders"] += order is not None
            counts["yen"] += order.amount_yen if order else ZERO_YEN
    return counts


async def _order(town: str, day: date, books: Books) -> TransferOrder | None:
    """Write a municipality's order of a day; None if its order is written, or nothing is due."""
    contract = books.contracts.of(town)
    async with books.open_unit_of_work() as work:
        receipts = await work.receipts.take_unordered(town, Channel.MOBILE_BANKING, day)
        order = TransferOrder(
            new_id(),
            town,
            day,
            sum((receipt.amount_yen for receipt in receipts), ZERO_YEN),
            contract.remitter_code,
            contract.remitter_name_kana,
        )
        if not receipts or not await work.transfer_orders.add(order, len(receipts)):
            return None
        await work.receipts.mark_ordered([r.id for r in receipts], order.id)
        await _state(work, order, receipts, books.clock)
        await work.commit()
    return order


async def _state(
    work: UnitOfWork, order: TransferOrder, receipts: Sequence[DueReceipt], clock: Clock
) -> None:
    """Let the 計算書 of an order wait for the ward's terminal."""
    lines = pay_in_lines(
        [Taken(r.paid_on, barcode_biller_number(r.barcode), r.amount_yen) for r in receipts],
        municipality=order.municipality,
        channel=Channel.MOBILE_BANKING,
        remitter_code=order.remitter_code,
        paid_in_on=order.value_date,
    )
    content = write_keisansho(lines)
    totals = keisansho_totals(content, lines)
    file = WaitingFile(
        id=new_id(),
        municipality=order.municipality,
        kind=PAY_IN_STATEMENT,
        sequence=await work.files.next_sequence(order.municipality, PAY_IN_STATEMENT),
        record_count=totals.count,
        total_yen=Yen(totals.total_yen),
        sha256=totals.sha256,
        size_bytes=len(content),
        created_at=clock.now(),
    )
    await work.files.add(file, content)


def _day_to_order(clock: Clock) -> date | None:
    """Return the value date of an order written now: today, from 07:00 to the banks' cut-off.

    None at any other time, and while banks are closed: the next morning's order pays it.
    """
    today = clock.today()
    first, last = tokyo_time(today, ORDERS_FROM_HOUR), tokyo_time(today, ORDERS_UNTIL_HOUR)
    taken = first <= clock.now() < last and japanese_banks().is_business_day(today)
    return today if taken else None
