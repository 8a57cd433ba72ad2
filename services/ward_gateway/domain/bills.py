"""What the centre is told of one key (請求), how a claim stands now, and why a key must go.

Knows no file and no key's digits; whether the centre holds a key is a state of the slip.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from services.ward_gateway.domain.assessments import AssessmentKey
from shared.kit.money import Yen


class DeleteReason(IntEnum):
    """削除理由 of a billing record (DOMAIN §2.7)."""

    PAID_ELSEWHERE = 1
    REDUCED_OR_CANCELLED = 2
    DIRECT_DEBIT = 3
    REISSUED = 4


@dataclass(frozen=True, slots=True)
class Bill:
    """What a claim says to the centre, in Tokyo days; 請求金額 is the sum of the three yen."""

    slip_type: int
    levy_year: int
    assessed_year: int
    notice_number: str
    instalment: int
    issue: int
    account_code: str
    principal_yen: Yen
    late_charge_yen: Yen
    fee_yen: Yen
    due_date: date
    limit_date: date
    payer_name_kana: str

    @property
    def amount_yen(self) -> Yen:
        """Return 請求金額: principal, late charge and dunning fee."""
        return Yen(int(self.principal_yen) + int(self.late_charge_yen) + int(self.fee_yen))

    @property
    def key(self) -> AssessmentKey:
        """Return the claim that it bills: 賦課年度, 通知書番号, 期."""
        return self.levy_year, self.notice_number, self.instalment


@dataclass(frozen=True, slots=True)
class Standing:
    """How a claim stands now.

    gone: why no key of it may be payable any more, or None. paid_at_centre: its key was paid by
    Pay-easy, so the centre refuses every change of it (E130). line: where the source says so.
    """

    bill: Bill
    gone: DeleteReason | None = None
    paid_at_centre: bool = False
    line: int = 0
