"""Put receipts on hold whose card agent did not pay, and release those whose money has come.

Works in the caller's transaction; knows no file and no bank line.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ward_gateway.domain.exceptions import Finding
from services.ward_gateway.domain.holds import find_in_default, hold_reason
from services.ward_gateway.store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Held:
    """The claims whose receipts were put on hold or released, and who is in default undecided."""

    claims: Collection[UUID]
    findings: Sequence[Finding]


async def apply_holds(work: UnitOfWork, trustee_from: date | None, today: date) -> Held:
    """Let the holds be what the books say on a day; return the claims that they touch.

    Steps: read the card receipts without their whole money, and the supervisors' decisions; hold
    those of the old law past their 指定日 and those that were returned to their payers; release
    every other one. Ends one way, however often it is repeated. The caller clears the claims, with
    whatever others it touches, and commits.
    """
    receipts = await work.holds.unfunded_card_receipts()
    decided = await work.trustees.decided()
    reasons = {r.id: hold_reason(r, decided, trustee_from, today) for r in receipts}
    changed = await work.holds.settle({i: why for i, why in reasons.items() if why is not None})
    claims = await work.receipts.assessments_of(changed)
    return Held(claims, find_in_default(receipts, decided, trustee_from, today))
