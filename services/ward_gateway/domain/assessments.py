"""The booked claim (調定), one for each instalment. Knows no file, no slip's key and no receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.kit.money import Yen

# 納付方法 (nofu_hoho); 3 is 特別徴収.
PAYABLE_BY_SLIP, PAYABLE_BY_DEBIT = 1, 2

AssessmentKey = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class Assessment:
    """One instalment as assessed; the four parts (節) add up to amount_yen (BOOKS §1.8)."""

    id: UUID
    fiscal_year: int
    assessed_year: int
    levy_year: int
    notice_number: str
    instalment: int
    account_code: str
    collection_method: int
    payment_method: int
    year_class: int
    assessment_number: str
    corrections: int
    assessed_on: date
    amount_yen: Yen
    medical_yen: Yen
    support_yen: Yen
    care_yen: Yen
    child_yen: Yen
    due_date: date
    limit_date: date
    slip_type: int
    issue: int
    liable_person_id: str
    payer_name_kana: str

    @property
    def key(self) -> AssessmentKey:
        """Return what makes this claim one claim: 賦課年度, 通知書番号, 期."""
        return self.levy_year, self.notice_number, self.instalment
