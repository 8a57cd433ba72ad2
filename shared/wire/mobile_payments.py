"""The app -> payment_provider, payers door: read a slip, pay by card or bank, ask how it stands.

No name, no free text; a payment id has 122 random bits and is the only key to its status.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.kit.arrow import Arrow, NoBody, Wire
from shared.kit.money import PositiveYen, Yen

SLIP_CODES = (
    "malformed_barcode",
    "wrong_check_digit",
    "amount_over_cap",
    "slip_past_limit",
    "slip_not_of_this_provider",
)


class ReadSlip(Wire):
    """What stands under the bars: 44 digits, spaces and hyphens not yet removed."""

    barcode: str = Field(max_length=80)


class SlipRead(Wire):
    """What the provider knows of a slip: nothing that only the ward could know (DESIGN rule 13).

    reason is a refusal code when payable is false; fee_yen is the payer's fee for a card.
    """

    municipality: str
    amount_yen: PositiveYen
    limit_date: date | None
    fee_yen: Yen
    payable: bool
    reason: str | None


class PayByCard(Wire):
    """Pay one slip with a card token; the app makes the payment id and repeats it."""

    payment_id: UUID
    barcode: str = Field(max_length=80)
    amount_yen: PositiveYen
    card_token: str = Field(max_length=64)


class PayByBank(Wire):
    """Pay one slip from a bank account; account_reference is what the payer's bank gave the app."""

    payment_id: UUID
    barcode: str = Field(max_length=80)
    amount_yen: PositiveYen
    bank_code: str = Field(pattern=r"^\d{4}$")
    account_reference: str = Field(max_length=64)


class PaymentView(Wire):
    """How a payment stands for its payer; abandoned says that nothing was charged.

    undone: it was accepted and taken back for a fault of ours or our peer's; the charge is undone.

    reason: why declined or abandoned, a code; paid_at: the payer's date and time once accepted.
    """

    payment_id: UUID
    channel: Literal["mobile_credit", "mobile_banking"]
    state: Literal["accepted", "declined", "being_confirmed", "abandoned", "undone"]
    reason: str | None
    amount_yen: PositiveYen
    fee_yen: Yen
    paid_at: datetime | None


_PAY_REFUSALS = (
    *SLIP_CODES,
    "amount_differs",
    "slip_already_paid",
    "payment_id_reused",
)

READ_SLIP = Arrow(
    "read_slip",
    "payment_provider",
    "payers",
    "POST",
    "/slip-readings",
    ReadSlip,
    SlipRead,
    refusals=SLIP_CODES,
    body_limit_bytes=4096,
)
PAY_BY_CARD = Arrow(
    "pay_by_card",
    "payment_provider",
    "payers",
    "POST",
    "/credit-payments",
    PayByCard,
    PaymentView,
    refusals=_PAY_REFUSALS,
    success=201,
    body_limit_bytes=4096,
)
PAY_BY_BANK = Arrow(
    "pay_by_bank",
    "payment_provider",
    "payers",
    "POST",
    "/banking-payments",
    PayByBank,
    PaymentView,
    refusals=(*_PAY_REFUSALS, "bank_not_connected"),
    success=201,
    body_limit_bytes=4096,
)
READ_PAYMENT = Arrow(
    "read_payment",
    "payment_provider",
    "payers",
    "GET",
    "/payments/{payment_id}",
    NoBody,
    PaymentView,
    refusals=("payment_not_found",),
)

ARROWS = (READ_SLIP, PAY_BY_CARD, PAY_BY_BANK, READ_PAYMENT)
