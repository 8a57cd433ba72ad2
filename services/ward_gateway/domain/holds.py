"""A card agent that did not pay by its 指定日, and what that does to the payer (BOOKS §1.2).

Late is not one thing: the old law makes the instalment unpaid again, the new one makes the trustee
the debtor. Knows receipts and days; no store, no deposit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.ward_gateway.domain.clearings import LiveReceipt
from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from services.ward_gateway.domain.receipts import ReceiptState
from shared.keys.channels import Channel
from shared.keys.regimes import Regime, RegimeEnded, regime_on
from shared.kit.states import StateMachine

TRUSTEE_IN_DEFAULT = "TRUSTEE_IN_DEFAULT"
"""Why an instalment stands in A3: the trustee owes it, not the payer."""


class HoldReason(StrEnum):
    """Why a receipt clears nothing until its money is whole; heap B9."""

    PROXY_NOT_PAID = "PROXY_NOT_PAID"
    TRUSTEE_RETURNED = "TRUSTEE_RETURNED"


class HoldState(StrEnum):
    """HELD until the money has come whole, or the receipt is taken back."""

    HELD = "HELD"
    RELEASED = "RELEASED"


HOLDS = StateMachine(
    HoldState.HELD,
    {(HoldState.HELD, HoldState.RELEASED): "hold_released"},
    waiting={HoldState.HELD: "reconcile"},
)
RECEIPT_HELD = "receipt_held"


def regime_of(receipt: LiveReceipt, trustee_from: date | None) -> Regime | None:
    """Return the regime of a card receipt by its commission's day; None where no law allows it."""
    day = receipt.told.authorised_on if receipt.told is not None else receipt.paid_on
    try:
        return regime_on(day, trustee_from)
    except RegimeEnded:
        return None


def designated_date(receipt: LiveReceipt) -> date | None:
    """Return the 指定日: as 丙 reports it, else the 振込予定日, its equal (DOMAIN §5.2)."""
    return receipt.told.designated_date if receipt.told is not None else receipt.transfer_date


def with_late_income(
    receipts: Iterable[LiveReceipt], income: Mapping[UUID, date]
) -> list[LiveReceipt]:
    """Return receipts, those of a card marked whose money came after its 指定日.

    income: 収入日 of what has come whole. Under both laws such a payment is deemed made only then;
    until the money comes nobody knows, and the commission's time stands.
    """
    return [
        replace(receipt, late_income_on=income[receipt.id])
        if is_late(receipt, income.get(receipt.id))
        else receipt
        for receipt in receipts
    ]


def is_late(receipt: LiveReceipt, day: date | None) -> bool:
    """Say whether a day is past the 指定日 of a card receipt; without a day nothing is late."""
    due = designated_date(receipt)
    is_card = receipt.channel == Channel.MOBILE_CREDIT
    return is_card and day is not None and due is not None and day > due


def regime_in_default(
    receipt: LiveReceipt, trustee_from: date | None, as_of: date
) -> Regime | None:
    """Return the regime under which a card receipt's money is overdue on a day, None if it is not.

    The designated day itself is in time. A 速報 whose commission is reported as paid is not in
    default: its money waits for the 確報, not for the agent.
    """
    if receipt.channel != Channel.MOBILE_CREDIT or receipt.state is ReceiptState.FUNDED:
        return None
    due = designated_date(receipt)
    if due is None or due >= as_of:
        return None
    if receipt.state is ReceiptState.PRELIMINARY and receipt.told_remitted_on is not None:
        return None
    return regime_of(receipt, trustee_from)


def hold_reason(
    receipt: LiveReceipt, decided: Collection[str], trustee_from: date | None, as_of: date
) -> HoldReason | None:
    """Return why a receipt must be on hold on a day, None if it clears.

    decided: the commission numbers that a supervisor has returned to the payer (the claim against
    the trustee was pursued in vain).
    """
    match regime_in_default(receipt, trustee_from, as_of):
        case Regime.PROXY2006:
            return HoldReason.PROXY_NOT_PAID
        case Regime.TRUSTEE2022:
            told = receipt.told
            if told is not None and told.commission_number in decided:
                return HoldReason.TRUSTEE_RETURNED
    return None


def find_in_default(
    receipts: Iterable[LiveReceipt],
    decided: Collection[str],
    trustee_from: date | None,
    as_of: date,
) -> list[Finding]:
    """Return one finding for each card receipt in default that nobody has decided about."""
    found = []
    for receipt in receipts:
        regime = regime_in_default(receipt, trustee_from, as_of)
        told = receipt.told
        if regime is None or (told is not None and told.commission_number in decided):
            continue
        trustee = regime is Regime.TRUSTEE2022
        found.append(
            Finding(
                ExceptionCode.TRUSTEE_IN_DEFAULT if trustee else ExceptionCode.PROXY_NOT_PAID,
                "commission" if told is not None else "receipt",
                told.commission_number if told is not None else str(receipt.id),
                receipt.amount_yen,
                _IN_DEFAULT[regime],
            )
        )
    return found


_IN_DEFAULT = {
    Regime.TRUSTEE2022: "The trustee has not paid by the designated date; the payer is not dunned.",
    Regime.PROXY2006: "The designated agent has not paid by its date; the instalment is unpaid.",
}
