"""The app -> payment_provider, payers door: read a slip, accept the terms, pay, ask how it stands.

No name, no free text; a payment id has 122 random bits and is the only key to its status.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import UUID4, Field

from shared.kit.arrow import Arrow, NoBody, Wire
from shared.kit.money import PositiveYen, Yen

SLIP_CODES = (
    "malformed_barcode",
    "wrong_check_digit",
    "amount_over_cap",
    "slip_past_limit",
    "slip_not_of_this_provider",
)
TERMS_CODES = ("terms_not_accepted", "terms_outdated")


class ReadSlip(Wire):
    """What stands under the bars: 44 digits, spaces and hyphens not yet removed."""

    barcode: str = Field(max_length=80)


class Fees(Wire):
    """The payer's fee in yen by channel, beside the premium (DOMAIN §10); nothing from a bank."""

    mobile_credit: Yen
    mobile_banking: Yen


class SlipRead(Wire):
    """What the provider knows of a slip: nothing that only the ward could know (DESIGN rule 13).

    instalment (期), lump_sum (一括): as the biller's digits tell them, OWN DESIGN (DOMAIN §2.6);
    None and false if they hold no key of ours. reason: a refusal code when payable is false.
    """

    municipality: str
    amount_yen: PositiveYen
    instalment: int | None
    lump_sum: bool
    limit_date: date | None
    fees_yen: Fees
    payable: bool
    reason: str | None


class InformationItem(Wire):
    """One kind of information that is handled: what for, who keeps it, and for how long."""

    name: str
    purpose: str
    kept_by: str
    kept_for: str


class Terms(Wire):
    """The terms of use (利用規約) in force, with the items of information handled.

    in_force_from: the Tokyo day on which this version begins.
    """

    version: str
    in_force_from: date
    text: str
    items: tuple[InformationItem, ...]


class AcceptTerms(Wire):
    """The payer has read a version and accepts it; the app makes the id and repeats it."""

    acceptance_id: UUID4
    version: str = Field(pattern=r"^[0-9A-Za-z.-]{1,32}$")


class TermsAccepted(Wire):
    """Recorded, in business time: this id is named by every payment made under these terms."""

    acceptance_id: UUID
    version: str
    accepted_at: datetime


class PayByCard(Wire):
    """Pay one slip with a card token; the app makes the payment id and repeats it."""

    payment_id: UUID4
    barcode: str = Field(max_length=80)
    amount_yen: PositiveYen
    card_token: str = Field(max_length=64)
    terms_acceptance_id: UUID4


class PayByBank(Wire):
    """Pay one slip from a bank account: opens a session at the payer's bank, takes nothing yet."""

    payment_id: UUID4
    barcode: str = Field(max_length=80)
    amount_yen: PositiveYen
    bank_code: str = Field(pattern=r"^\d{4}$")
    terms_acceptance_id: UUID4


class BankSession(Wire):
    """With this the payer goes to the bank: good for one decision, until a business instant."""

    session: str
    until: datetime


class PaymentView(Wire):
    """How a payment stands for its payer; abandoned says that nothing was charged.

    undone: it was accepted and taken back for a fault of ours or our peer's; the charge is undone.

    reason: why declined or abandoned, a code; paid_at: the payer's date and time once accepted;
    bank_session: only while at_bank, when the payer is to decide at the bank.
    """

    payment_id: UUID
    channel: Literal["mobile_credit", "mobile_banking"]
    state: Literal["accepted", "declined", "being_confirmed", "at_bank", "abandoned", "undone"]
    reason: str | None
    amount_yen: PositiveYen
    fee_yen: Yen
    paid_at: datetime | None
    bank_session: BankSession | None = None


_PAY_REFUSALS = (
    *SLIP_CODES,
    *TERMS_CODES,
    "amount_differs",
    "slip_already_paid",
    "payment_id_reused",
    "bank_days_unknown",
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
    per_address=True,
)
READ_TERMS = Arrow("read_terms", "payment_provider", "payers", "GET", "/terms", NoBody, Terms)
ACCEPT_TERMS = Arrow(
    "accept_terms",
    "payment_provider",
    "payers",
    "POST",
    "/terms-acceptances",
    AcceptTerms,
    TermsAccepted,
    refusals=("terms_outdated", "acceptance_id_reused"),
    success=201,
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
RETURN_FROM_BANK = Arrow(
    "return_from_bank",
    "payment_provider",
    "payers",
    "POST",
    "/banking-payments/{payment_id}/return",
    NoBody,
    PaymentView,
    refusals=("payment_not_found",),
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

ARROWS = (
    READ_SLIP,
    READ_TERMS,
    ACCEPT_TERMS,
    PAY_BY_CARD,
    PAY_BY_BANK,
    RETURN_FROM_BANK,
    READ_PAYMENT,
)
