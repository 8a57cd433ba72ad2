"""Banks -> lgwan_asp, MPN door: what counters took, told in bulk (一括伝送, OWN DESIGN).

There was no inquiry: the window read the OCR lines of the standard slip (DOMAIN §2.2, §2.3). Like
the telegrams, every result travels in a 200 answer, one for each payment.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from shared.kit.arrow import KIB, Arrow, Wire
from shared.wire.payeasy import BANKS, RESULTS, TelegramYen

BATCH_MAX = 1000
BULK_RESULTS = {code: RESULTS[code] for code in ("00", "10", "11", "13", "90")} | {
    "50": "this receipt number stands for another payment of that day",
    "62": "the time of payment cannot be",
}
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Outside of these no clock of a bank stands: such a batch is malformed."""
BulkResult = Literal["00", "10", "11", "13", "50", "62", "90"]


class CounterPaymentTold(Wire):
    """Money that a counter has taken; receipt_number is unique per bank and day of payment."""

    institution_number: str = Field(pattern=r"^[0-9]{5}$")
    payment_number: str = Field(pattern=r"^[0-9]{16,20}$")
    confirmation_number: str = Field(pattern=r"^[0-9]{4,6}$")
    category: str = Field(pattern=r"^[0-9]{3}$")
    branch_code: str = Field(pattern=r"^[0-9]{3}$")
    trace_number: str = Field(pattern=r"^[0-9A-Z]{1,20}$")
    receipt_number: str = Field(pattern=r"^[0-9A-Z]{1,20}$")
    amount_yen: TelegramYen
    paid_at: AwareDatetime = Field(ge=EARLIEST, lt=LATEST)
    medium: Literal["05", "09"]


class NotifyInBulk(Wire):
    """A batch of one bank, 1 to 1,000 payments; it may be sent again as a whole."""

    bank_code: str = Field(pattern=r"^[0-9]{4}$")
    notifications: tuple[CounterPaymentTold, ...] = Field(min_length=1, max_length=BATCH_MAX)


class PaymentResult(Wire):
    """What became of one payment; result is one of BULK_RESULTS."""

    receipt_number: str
    result: BulkResult


class BulkResults(Wire):
    """One result for each payment, in the order in which they were told."""

    results: tuple[PaymentResult, ...]


NOTIFY_IN_BULK = Arrow(
    "notify_in_bulk",
    "lgwan_asp",
    "mpn",
    "POST",
    "/notification-batches",
    NotifyInBulk,
    BulkResults,
    BANKS,
    refusals=("not_your_bank",),
    body_limit_bytes=512 * KIB,
)

ARROWS = (NOTIFY_IN_BULK,)
