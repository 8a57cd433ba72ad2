"""What can be known of a slip from its barcode and the contracts alone (DESIGN rule 13).

Whether the slip exists, or was paid elsewhere, only the ward knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from services.payment_provider.domain.contracts import Contract, Contracts
from services.payment_provider.domain.fees import card_fee_yen
from services.payment_provider.domain.refusals import (
    AmountDiffers,
    AmountOverCap,
    MalformedBarcode,
    SlipNotOfThisProvider,
    SlipPastLimit,
    WrongCheckDigit,
)
from shared.keys.barcode import Barcode, read_barcode
from shared.keys.channels import Channel
from shared.keys.payment_number import PaymentNumber, SlipType, from_biller_number
from shared.keys.problems import KeyProblem
from shared.kit.money import ZERO_YEN, Yen

_BETWEEN_DIGITS = re.compile(r"[\s-]")
_REFUSAL_OF = {
    refusal.code: refusal for refusal in (MalformedBarcode, WrongCheckDigit, AmountOverCap)
}


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip as its bars tell it, and whose it is."""

    barcode: Barcode
    contract: Contract

    @property
    def municipality(self) -> str:
        """Return the municipality that issued it."""
        return self.contract.municipality

    def key(self) -> PaymentNumber | None:
        """Return what the biller's digits say (DOMAIN §2.6); None if they hold no key of ours.

        Such a slip is payable all the same: the digits are the biller's own matter.
        """
        try:
            return from_biller_number(self.barcode.biller_number)
        except KeyProblem:
            return None

    @property
    def instalment(self) -> int | None:
        """Return the instalment (期) that the slip is for; None for a lump sum or no key."""
        key = self.key()
        return None if key is None or key.instalment == 0 else key.instalment

    @property
    def is_lump_sum(self) -> bool:
        """Say whether the slip is for all instalments at once (一括)."""
        key = self.key()
        return key is not None and key.slip_type is SlipType.LUMP_SUM

    def is_past_limit(self, today: date) -> bool:
        """Say whether its limit date (取扱期限) has passed; the day itself is still good."""
        limit = self.barcode.limit_date
        return limit is not None and today > limit

    def fee_yen(self, channel: Channel, today: date) -> Yen:
        """Return the payer's fee: by the table for a card, nothing from a bank account (DOMAIN
        §10).
        """
        if channel is Channel.MOBILE_BANKING:
            return ZERO_YEN
        return card_fee_yen(self.contract.fee_table, today, self.barcode.amount_yen)


def barcode_digits(text: str) -> str:
    """Return what was scanned or typed without spaces and hyphens."""
    return _BETWEEN_DIGITS.sub("", text)


def read_slip(text: str, contracts: Contracts) -> Slip:
    """Read a slip's barcode.

    Raises MalformedBarcode, WrongCheckDigit, AmountOverCap, SlipNotOfThisProvider.
    """
    try:
        barcode = read_barcode(barcode_digits(text))
    except KeyProblem as problem:
        # A limit date that is no day is a malformed barcode to a payer.
        raise _REFUSAL_OF.get(problem.code, MalformedBarcode)(problem.detail) from problem
    if barcode.amount_yen == ZERO_YEN:
        raise MalformedBarcode("the barcode bears no amount")
    contract = contracts.by_codes(barcode.maker_code, barcode.company_code)
    if contract is None:
        raise SlipNotOfThisProvider
    return Slip(barcode, contract)


def demand_payable(slip: Slip, amount_yen: int, today: date) -> None:
    """Raise AmountDiffers or SlipPastLimit unless this amount may be paid with this slip today."""
    if amount_yen != slip.barcode.amount_yen:
        raise AmountDiffers
    if slip.is_past_limit(today):
        raise SlipPastLimit
