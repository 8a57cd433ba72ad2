"""Why an instalment gets no 督促 though its money has not come (BOOKS §1.1, §1.2).

Knows no letter and no run: what dunning will ask before it writes anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class DunningHoldReason(StrEnum):
    """COMMISSION_REPORTED: 丙 took a commission of which no receipt came yet.

    TRUSTEE_IN_DEFAULT: the trustee owes it. CARRIED_OVER_DEEMED: paid by 31 May, money later.
    """

    COMMISSION_REPORTED = "COMMISSION_REPORTED"
    TRUSTEE_IN_DEFAULT = "TRUSTEE_IN_DEFAULT"
    CARRIED_OVER_DEEMED = "CARRIED_OVER_DEEMED"


@dataclass(frozen=True, slots=True)
class DunningHold:
    """An instalment that must not be dunned, with every reason."""

    assessment_id: UUID
    notice_number: str
    fiscal_year: int
    instalment: int
    reasons: tuple[DunningHoldReason, ...]
