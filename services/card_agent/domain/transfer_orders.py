"""Transfer orders 代理納付: one per municipality and value date, nothing netted (BOOKS §1.12).

Knows commissions by their designated date (指定日); knows no bank.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.kit.money import Yen


@dataclass(frozen=True)
class DueCommission:
    """A commission whose designated date has come and which no order pays yet."""

    id: UUID
    amount_yen: Yen
    designated_date: date


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


def plan_orders(
    due: Sequence[DueCommission], written: Collection[date], late_day: date | None
) -> dict[date, list[DueCommission]]:
    """Return what each order that is to be written now pays, by value date.

    The order of a designated date pays all of it, whichever day the job runs. A commission that
    was settled after its day's order was written is late: it joins the order of late_day (today,
    if banks are open and its order is not written), or waits.
    """
    plan: dict[date, list[DueCommission]] = {}
    for commission in due:
        on_time = commission.designated_date not in written
        day = commission.designated_date if on_time else late_day
        if day is not None and day not in written:
            plan.setdefault(day, []).append(commission)
    return plan
