"""What a reconciliation finds in the ward's books: money late, money too many, reports that differ.

Knows no store and no clock; which deposit is whose money is worked out in matching.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.ward_gateway.domain.deposits import Deposit
from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from services.ward_gateway.domain.matching import Group
from services.ward_gateway.domain.receipts import RECEIPT_MACHINE, ReceiptState
from shared.kit.calendar import BusinessCalendar
from shared.kit.money import Yen

# Money that a bank takes back, or that a receipt of lower identity claims later, leaves a receipt
# unfunded again: without this move the result would depend on what arrived first (rule 10).
FUNDING_MACHINE = replace(
    RECEIPT_MACHINE,
    events={
        **RECEIPT_MACHINE.events,
        (ReceiptState.FUNDED, ReceiptState.CONFIRMED): "funding_withdrawn",
    },
)


@dataclass(frozen=True)
class ReconciliationRules:
    """After how long silence becomes an exception (DOMAIN §3.4): settings of the ward."""

    preliminary_days: int = 15
    commission_business_days: int = 2


@dataclass(frozen=True, slots=True)
class Commission:
    """納付の受託 that has no receipt, as 丙 reported it; authorised_on: a Tokyo day."""

    number: str
    authorised_on: date
    amount_yen: Yen


class Outstanding(NamedTuple):
    """A receipt that somebody should explain."""

    receipt_id: UUID
    amount_yen: Yen


def find_excess(excess: Iterable[tuple[Deposit, int]], stated: Mapping[UUID, int]) -> list[Finding]:
    """Return the leftovers of known remitters: 過入金, heap C4.

    stated: what of a deposit a 計算書 explains, though no 確報 does yet (heap C2).
    """
    return [
        Finding(
            ExceptionCode.DEPOSIT_EXCESS,
            "deposit",
            str(deposit.id),
            Yen(left),
            "More money came for this day than the confirmed receipts explain (過入金).",
        )
        for deposit, yen in excess
        if (left := yen - stated.get(deposit.id, 0))
    ]


def find_late(missing: Iterable[tuple[Group, int]]) -> list[Finding]:
    """Return the groups whose transfer date passed with money missing, heap A3."""
    return [
        Finding(
            ExceptionCode.FUNDS_LATE,
            "group",
            group.name,
            Yen(yen),
            "The transfer date has passed and not all of the money has come (払込遅延).",
        )
        for group, yen in missing
    ]


def find_unconfirmed(outstanding: Iterable[Outstanding]) -> list[Finding]:
    """Return the preliminary receipts that were never confirmed in time."""
    return [
        Finding(
            ExceptionCode.PRELIMINARY_WITHOUT_CONFIRMED,
            "receipt",
            str(receipt.receipt_id),
            receipt.amount_yen,
            "A preliminary receipt (速報) has waited too long for its confirmation (確報).",
        )
        for receipt in outstanding
    ]


def find_without_receipt(
    commissions: Iterable[Commission],
    today: date,
    calendar: BusinessCalendar,
    rules: ReconciliationRules,
) -> list[Finding]:
    """Return the commissions that 丙 reported and 乙 did not, once 乙's file must have come."""
    return [
        Finding(
            ExceptionCode.COMMISSION_WITHOUT_RECEIPT,
            "commission",
            commission.number,
            commission.amount_yen,
            "The card agent reported a commission of which no receipt arrived.",
        )
        for commission in commissions
        if calendar.add(commission.authorised_on, rules.commission_business_days) < today
    ]


def find_without_commission(outstanding: Iterable[Outstanding]) -> list[Finding]:
    """Return the confirmed card receipts that 丙's report does not know."""
    return [
        Finding(
            ExceptionCode.RECEIPT_WITHOUT_COMMISSION,
            "receipt",
            str(receipt.receipt_id),
            receipt.amount_yen,
            "A confirmed card receipt stands on no commission in the card agent's report.",
        )
        for receipt in outstanding
    ]
