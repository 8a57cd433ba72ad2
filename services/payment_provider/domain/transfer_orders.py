"""Transfer orders: what the provider pays into a municipality's account on a value date.

Money moves apart from data (DESIGN rule 11): no file and no receipt is named here, only a sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.kit.money import Yen


@dataclass(frozen=True, slots=True)
class DueReceipt:
    """A receipt whose transfer date has come and which no order pays yet; paid_on: 収納日."""

    id: UUID
    municipality: str
    barcode: str
    paid_on: date
    amount_yen: Yen


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """One order per municipality and value date, never changed once written."""

    id: UUID
    municipality: str
    value_date: date
    amount_yen: Yen
    remitter_code: str
    remitter_name_kana: str
