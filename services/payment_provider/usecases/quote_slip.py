"""Tell the app what stands in a slip's barcode, and if it may be paid here. Records nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.payment_provider.domain.payments import COURSES
from services.payment_provider.domain.receipts import demand_days_known
from services.payment_provider.domain.refusals import (
    BankDaysUnknown,
    SlipAlreadyPaid,
    SlipPastLimit,
)
from services.payment_provider.domain.slips import Slip, read_slip
from services.payment_provider.usecases.books import Books
from shared.keys.channels import Channel
from shared.kit.calendar import japanese_banks
from shared.kit.money import Yen


@dataclass(frozen=True)
class SlipQuote:
    """A slip, the fee by channel, and why it may not be paid here (a refusal code) or None."""

    slip: Slip
    fees_yen: Mapping[Channel, Yen]
    reason: str | None


async def quote_slip(barcode: str, books: Books) -> SlipQuote:
    """Read a slip; a paid one and one past its limit are read and named, not refused.

    Refuses: MalformedBarcode, WrongCheckDigit, AmountOverCap, SlipNotOfThisProvider.
    """
    today = books.clock.today()
    slip = read_slip(barcode, books.contracts)
    async with books.open_unit_of_work() as work:
        paid = await work.payments.is_live(slip.municipality, slip.barcode.digits)
    reason = SlipAlreadyPaid.code if paid else None
    if reason is None and slip.is_past_limit(today):
        reason = SlipPastLimit.code
    if reason is None and not any(_days_are_known(slip, channel, today) for channel in COURSES):
        reason = BankDaysUnknown.code
    return SlipQuote(slip, {channel: slip.fee_yen(channel, today) for channel in COURSES}, reason)


def _days_are_known(slip: Slip, channel: Channel, today: date) -> bool:
    try:
        demand_days_known(channel, today, japanese_banks(), slip.contract)
    except BankDaysUnknown:
        return False
    return True
