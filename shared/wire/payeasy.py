"""Banks -> lgwan_asp, MPN door: inquiry, notification, cancellation (OWN DESIGN, DOMAIN §2.9).

These are telegrams: every result code travels in a 200 answer.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from annotated_types import Gt, Lt
from pydantic import AwareDatetime, Field, WithJsonSchema

from shared.kit.arrow import Arrow, Wire
from shared.kit.money import Yen

BANKS = ("bank-????",)

RESULTS = {
    "00": "ok",
    "10": "no such key",
    "11": "confirmation number wrong",
    "12": "locked",
    "13": "bank not appointed by that municipality",
    "20": "already paid by Pay-easy",
    "21": "deleted by the ward because paid on another channel",
    "30": "past the limit date",
    "31": "before the effective date",
    "40": "deleted",
    "41": "superseded by a newer slip",
    "50": "amount differs from the inquiry session",
    "60": "session expired or unknown",
    "61": "no such receipt of this bank, or it can no longer be cancelled",  # ours, not DOMAIN's
    "90": "system failure",
    "91": "outside service hours",
}

InquiryCode = Literal["00", "10", "11", "12", "13", "20", "21", "30", "31", "40", "41", "90", "91"]
NotificationCode = Literal["00", "50", "60", "90"]
CancellationCode = Literal["00", "61", "90"]

TelegramYen = Annotated[
    Yen,
    Gt(0),
    Lt(10**11),
    WithJsonSchema({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10**11}),
]
"""Yen that a bank has taken: what the eleven digits of the receipts file hold (DOMAIN §2.8)."""
MEDIUM = r"^(01|02|03|04|05|09)$"


class Inquire(Wire):
    """What the payer keyed in at the bank; medium as in the receipts file (DOMAIN §2.8)."""

    institution_number: str = Field(pattern=r"^[0-9]{5}$")
    payment_number: str = Field(pattern=r"^[0-9]{16,20}$")
    confirmation_number: str = Field(pattern=r"^[0-9]{4,6}$")
    category: str = Field(pattern=r"^[0-9]{3}$")
    bank_code: str = Field(pattern=r"^[0-9]{4}$")
    branch_code: str = Field(pattern=r"^[0-9]{3}$")
    medium: str = Field(pattern=MEDIUM)
    trace_number: str = Field(pattern=r"^[0-9A-Z]{1,20}$")
    requested_at: AwareDatetime


class InquiryAnswer(Wire):
    """The bill behind the key, and a session for its notification; only result unless it is 00.

    amount_yen = principal_yen + late_charge_yen + fee_yen, and the notification must say the same.
    """

    result: InquiryCode
    amount_yen: Yen | None = None
    principal_yen: Yen | None = None
    late_charge_yen: Yen | None = None
    fee_yen: Yen | None = None
    due_date: date | None = None
    limit_date: date | None = None
    payer_name_kana: str | None = None
    description_kana: str | None = None
    session_id: str | None = None
    valid_until: datetime | None = None


class Notify(Wire):
    """The bank has taken the money; receipt_number is unique per bank and day of payment."""

    session_id: str = Field(pattern=r"^[0-9A-Za-z-]{1,64}$")
    bank_code: str = Field(pattern=r"^[0-9]{4}$")
    branch_code: str = Field(pattern=r"^[0-9]{3}$")
    trace_number: str = Field(pattern=r"^[0-9A-Z]{1,20}$")
    receipt_number: str = Field(pattern=r"^[0-9A-Z]{1,20}$")
    amount_yen: TelegramYen
    paid_at: AwareDatetime
    medium: str = Field(pattern=MEDIUM)


class CancelReceipt(Wire):
    """Undo a receipt of the same day; reason 1 ATM jam, 2 centre time-out."""

    bank_code: str = Field(pattern=r"^[0-9]{4}$")
    receipt_number: str = Field(pattern=r"^[0-9A-Z]{1,20}$")
    paid_on: date
    reason: int = Field(ge=1, le=2)


class NotificationResult(Wire):
    """The result code of a notification; 90: nothing was recorded, send it again."""

    result: NotificationCode


class CancellationResult(Wire):
    """The result code of a cancellation; 90: nothing was recorded, send it again."""

    result: CancellationCode


INQUIRE = Arrow(
    "inquire",
    "lgwan_asp",
    "mpn",
    "POST",
    "/inquiries",
    Inquire,
    InquiryAnswer,
    BANKS,
    refusals=("not_your_bank",),
)
NOTIFY = Arrow(
    "notify",
    "lgwan_asp",
    "mpn",
    "POST",
    "/notifications",
    Notify,
    NotificationResult,
    BANKS,
    refusals=("not_your_bank", "receipt_number_reused", "paid_at_out_of_range"),
)
CANCEL_RECEIPT = Arrow(
    "cancel_receipt",
    "lgwan_asp",
    "mpn",
    "POST",
    "/cancellations",
    CancelReceipt,
    CancellationResult,
    BANKS,
    refusals=("not_your_bank",),
)

ARROWS = (INQUIRE, NOTIFY, CANCEL_RECEIPT)
