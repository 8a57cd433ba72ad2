"""Transfer orders 代理納付: one per municipality and value date, nothing netted (BOOKS §1.12).

Knows commissions by their designated date (指定日); knows no bank.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.kit.money import Yen


@dataclass(frozen=True)
class DueCommission:
    """A commission whose designated date has come and which no order pays yet.

    authorised_on: the Tokyo day of the commission, 収納日 in the 計算書.
    """

    id: UUID
    amount_yen: Yen
    designated_date: date
    commission_number: str
    barcode: str
    authorised_on: date


@dataclass(frozen=True)
class TransferOrder:
    """Pay amount_yen into the municipality's account on value_date, bearing the remitter code."""

    id: UUID
    municipality: str
    value_date: date
    amount_yen: Yen
    remitter_code: str
    remitter_name_kana: str
    bank_reference: str


def bank_reference(remitter_code: str, value_date: date) -> str:
    """Return what names one transfer in the report and at the bank (OWN DESIGN)."""
    return f"{remitter_code}-{value_date:%Y%m%d}"
