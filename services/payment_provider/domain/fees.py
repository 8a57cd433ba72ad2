"""The payer's fee for a card, by table and date (DOMAIN §10). Never revenue of a ward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.kit.money import Yen

FURTHER_STEP_YEN = 10_000


@dataclass(frozen=True, slots=True)
class FeeTable:
    """Steps of (amount up to and including, fee), and what each further 10,000 yen begun adds."""

    first_day: date
    steps: tuple[tuple[int, int], ...]
    further_10000_yen: int

    def fee_yen(self, amount_yen: int) -> Yen:
        """Return the fee for a payment of that amount."""
        for up_to, fee in self.steps:
            if amount_yen <= up_to:
                return Yen(fee)
        last_up_to, last_fee = self.steps[-1]
        begun = -(-(amount_yen - last_up_to) // FURTHER_STEP_YEN)
        return Yen(last_fee + begun * self.further_10000_yen)


class NoFeeTable(LookupError):  # noqa: N818 - named as a fact
    """The contract names no fees for that day: an incomplete contract, not a payer's mistake."""


def card_fee_yen(tables: Sequence[FeeTable], day: date, amount_yen: int) -> Yen:
    """Return the fee by the table in force on a day; raise NoFeeTable if there is none yet."""
    in_force = [table for table in tables if table.first_day <= day]
    if not in_force:
        raise NoFeeTable(f"no fee table is in force on {day}")
    return max(in_force, key=lambda table: table.first_day).fee_yen(amount_yen)
