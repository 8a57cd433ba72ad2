"""Banks -> lgwan_asp, MPN door: what a bank took on a day for a collecting institution, summed up.

A bank tells it once its day is over and before the centre confirms (OWN DESIGN, BOOKS §2.1: 確報
after the banks' daily totals agree). The later word counts; a bank that tells none is confirmed.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from shared.kit.arrow import Arrow, Wire
from shared.kit.money import Yen
from shared.wire.payeasy import BANKS, RESULTS

TOTALS_RESULTS = {code: RESULTS[code] for code in ("00", "13", "90")} | {
    "10": "no such collecting institution",
    "51": "our receipts of that day differ; none of them is confirmed while they do",
    "62": "that day has not come yet",
}
TotalsResult = Literal["00", "10", "13", "51", "62", "90"]


class TellDailyTotals(Wire):
    """How many payments the bank took on a Tokyo day and did not undo, and their yen."""

    bank_code: str = Field(pattern=r"^[0-9]{4}$")
    institution_number: str = Field(pattern=r"^[0-9]{5}$")
    paid_on: date
    receipt_count: int = Field(ge=0, lt=10**6)
    amount_yen: Yen = Field(ge=0, lt=10**13)


class DailyTotalsCompared(Wire):
    """The result, and for 00 and 51 what the centre holds of that bank, institution and day."""

    result: TotalsResult
    receipt_count: int | None = None
    amount_yen: Yen | None = None


TELL_DAILY_TOTALS = Arrow(
    "tell_daily_totals",
    "lgwan_asp",
    "mpn",
    "POST",
    "/daily-totals",
    TellDailyTotals,
    DailyTotalsCompared,
    BANKS,
    refusals=("not_your_bank",),
)

ARROWS = (TELL_DAILY_TOTALS,)
