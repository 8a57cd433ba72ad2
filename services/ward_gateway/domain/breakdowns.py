"""The breakdown of one claim by 節 (医療, 支援, 介護, 子ども), and of what was paid on it.

Knows how yen are split, not who paid them (BOOKS §1.8).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from shared.kit.money import Yen


class Part(StrEnum):
    """The four parts (節) of a premium, in the order in which they take a remainder."""

    MEDICAL = "medical"
    SUPPORT = "support"
    CARE = "care"
    CHILD = "child"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What is assessed on one claim, or what one receipt pays of it, in yen.

    The four parts are the principal; late charge (延滞金) and dunning fee stand beside it.
    """

    assessed_year: int
    account_code: str
    year_class: int
    medical_yen: Yen
    support_yen: Yen
    care_yen: Yen
    child_yen: Yen
    late_charge_yen: Yen
    fee_yen: Yen

    @property
    def principal_yen(self) -> Yen:
        """Return 本料: the sum of the four parts."""
        # Plain ints: this is asked for every receipt, and Yen checks each sum on the way.
        parts = (self.medical_yen, self.support_yen, self.care_yen, self.child_yen)
        return Yen(sum(map(int, parts)))

    @property
    def amount_yen(self) -> Yen:
        """Return all that is owed: principal, late charge and fee."""
        parts = (self.medical_yen, self.support_yen, self.care_yen, self.child_yen)
        return Yen(sum(map(int, (*parts, self.late_charge_yen, self.fee_yen))))

    def share_of(self, amount_yen: Yen, remainder_to: Part) -> Breakdown:
        """Return what a payment of `amount_yen` pays; ValueError if more than is assessed.

        Principal before late charge before fee (BOOKS §1.9 has the first two). A principal paid in
        part is split in proportion, floor per part; the remainder goes to `remainder_to`, and what
        has no room there to the others in order, so that no part pays more than was assessed.
        """
        owed = self.amount_yen
        if amount_yen == owed:
            return self
        if amount_yen > owed:
            raise ValueError("more was paid than is assessed: an excess has no parts")
        principal = min(int(amount_yen), int(self.principal_yen))
        late_charge = min(int(amount_yen) - principal, int(self.late_charge_yen))
        fee = int(amount_yen) - principal - late_charge
        parts = self._split(principal, remainder_to)
        return replace(
            self,
            medical_yen=Yen(parts[Part.MEDICAL]),
            support_yen=Yen(parts[Part.SUPPORT]),
            care_yen=Yen(parts[Part.CARE]),
            child_yen=Yen(parts[Part.CHILD]),
            late_charge_yen=Yen(late_charge),
            fee_yen=Yen(fee),
        )

    def _split(self, principal: int, remainder_to: Part) -> dict[Part, int]:
        assessed = {part: int(getattr(self, f"{part}_yen")) for part in Part}
        whole = sum(assessed.values())
        parts = {part: yen * principal // whole if whole else 0 for part, yen in assessed.items()}
        rest = principal - sum(parts.values())
        for part in (remainder_to, *Part):
            taken = min(rest, assessed[part] - parts[part])
            parts[part] += taken
            rest -= taken
        return parts
