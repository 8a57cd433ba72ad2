"""What was assessed on a claim at a time, and what a lump sum (全期前納) pays of each claim.

Pure; a later notice of a receipt is split as its first one was, so that a 03 undoes its 01.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from services.ward_gateway.domain.assessments import AssessmentKey
from services.ward_gateway.domain.breakdowns import Breakdown, Part
from shared.kit.money import Yen


class Stood(NamedTuple):
    """A correction's time, and what was assessed until then; None: the claim was cancelled."""

    until: datetime
    breakdown: Breakdown | None


class SlipShare(NamedTuple):
    """How much of one claim a slip asks for, in yen."""

    key: AssessmentKey
    amount_yen: Yen


@dataclass(frozen=True, slots=True)
class ClaimHistory:
    """What is assessed on a claim now, and what was before each correction, oldest first."""

    now: Breakdown | None
    before: tuple[Stood, ...] = ()

    def at(self, instant: datetime | None) -> Breakdown | None:
        """Return what was assessed at an instant, before corrections of that very instant.

        None: now. So whoever asks for the same instant is always told the same, also when a
        correction is taken within the tick of the clock in which a receipt was registered.
        """
        if instant is None:
            return self.now
        later = (stood.breakdown for stood in self.before if stood.until >= instant)
        return next(later, self.now)


def lump_sum_of(
    shares: Iterable[tuple[Breakdown | None, Yen]], remainder_to: Part
) -> Breakdown | None:
    """Return what a lump-sum slip pays: the sum of what its yen pay of each claim.

    shares: what is assessed on a claim (None: cancelled), and what the slip asks for it. A claim
    takes no more than is assessed on it, so that a slip which asks for more is overpaid, as it is
    with one claim. 調定年度, 科目 and 年度区分 are those of the first claim (OWN DESIGN: a row of
    shuno.csv has room for one). None: every claim is cancelled.
    """
    paid = [
        claim.share_of(Yen(min(int(yen), int(claim.amount_yen))), remainder_to)
        for claim, yen in shares
        if claim is not None
    ]
    if not paid:
        return None
    return replace(
        paid[0],
        medical_yen=_sum(each.medical_yen for each in paid),
        support_yen=_sum(each.support_yen for each in paid),
        care_yen=_sum(each.care_yen for each in paid),
        child_yen=_sum(each.child_yen for each in paid),
        late_charge_yen=_sum(each.late_charge_yen for each in paid),
        fee_yen=_sum(each.fee_yen for each in paid),
    )


def _sum(yen: Iterable[Yen]) -> Yen:
    return Yen(sum(map(int, yen)))
