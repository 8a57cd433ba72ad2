"""Bills of fees 手数料請求: the provider's operator prints them, a clerk of the ward checks them.

They go by post: no line carries a bill, and no bill is ever set off against money (BOOKS §1.12).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from shared.kit.arrow import Arrow, NoBody, Wire
from shared.kit.money import PositiveYen, Yen
from shared.wire.ward_intranet import STAFF

BILL_LINES_MAX = 120


class BilledMonth(Wire):
    """How many confirmed receipts of a month of collection are billed; the month's first day."""

    collected_month: date
    receipt_count: int = Field(ge=1)


class FeeBillView(Wire):
    """A bill as it is printed: amount = receipts x item fee."""

    municipality: str
    bill_number: str
    billed_on: date
    item_fee_yen: PositiveYen
    amount_yen: PositiveYen
    lines: tuple[BilledMonth, ...]


class FeeBillsListed(Wire):
    """Every bill, oldest first."""

    bills: tuple[FeeBillView, ...]


class TakeFeeBill(Wire):
    """A bill as a clerk reads it off the paper; lines: each month of collection once."""

    bill_number: str = Field(pattern=r"^[0-9A-Za-z-]{1,32}$")
    channel: Literal["mobile_banking"]
    item_fee_yen: PositiveYen
    amount_yen: PositiveYen
    lines: tuple[BilledMonth, ...] = Field(min_length=1, max_length=BILL_LINES_MAX)


class CheckedMonth(Wire):
    """One month of collection: what all bills say so far, and what the ward's own books say."""

    collected_month: date
    billed_count: int
    confirmed_count: int


class FeeBillChecked(Wire):
    """What the check found; owed_yen: by the agreed fee and the ward's own count of these months.

    differs: something is an exception (`fee_bill_differs`) and the bill should not be paid yet.
    """

    bill_number: str
    differs: bool
    billed_yen: Yen
    owed_yen: Yen
    months: tuple[CheckedMonth, ...]


LIST_FEE_BILLS = Arrow(
    "list_fee_bills",
    "payment_provider",
    "operator",
    "GET",
    "/fee-bills",
    NoBody,
    FeeBillsListed,
    ("operator",),
)
TAKE_FEE_BILL: Arrow[TakeFeeBill, FeeBillChecked] = Arrow(
    "take_fee_bill",
    "ward_gateway",
    "intranet",
    "POST",
    "/fee-bills",
    TakeFeeBill,
    FeeBillChecked,
    STAFF,
    ("fee_bill_reused", "fee_bill_malformed"),
    success=201,
    roles=("clerk",),
    sign_in="session",
)

ARROWS = (LIST_FEE_BILLS, TAKE_FEE_BILL)
