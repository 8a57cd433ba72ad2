"""What each receipt of a file is set against: its claim, or all of a lump sum's, as they stood.

The ward's own rows know what no file tells: which claims a lump sum pays, and what was before a
correction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from services.ward_gateway.domain.assessments import AssessmentKey
from services.ward_gateway.domain.breakdowns import Breakdown, Part
from services.ward_gateway.domain.claim_histories import lump_sum_of
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.convert_receipts import ClaimOf, receipt_id_of
from shared.files.centre_receipts import CentreReceipt


async def recall_claims(
    work: UnitOfWork,
    read: Callable[[], Iterable[CentreReceipt]],
    remainder_to: Part = Part.MEDICAL,
) -> ClaimOf:
    """Return what finds the Breakdown of a receipt; call it once the file is registered.

    1. A receipt counts by the claim as it stood when it was first registered: whatever was
    corrected between a 01 and its 03, the 03 takes back what the 01 gave (edge case 6). 2. A lump
    sum (種別 2) is looked up by its payment number, and counts by its slip's items. `read` streams
    the file. Memory grows with the names of its receipts and with their claims.
    """
    told = await asyncio.to_thread(_told, read())
    first_seen = await work.claim_histories.registered_at(sorted(told.identities))
    lumps = await work.claim_histories.lump_sums(sorted(told.payment_numbers))
    keys = told.claims | {share.key for shares in lumps.values() for share in shares}
    claims = await work.claim_histories.of_keys(keys)

    def claim_of(receipt: CentreReceipt) -> Breakdown | None:
        at = first_seen.get(receipt_id_of(receipt))
        shares = lumps.get(receipt.payment_number)
        if shares is None:
            claim = claims.get((receipt.levy_year, receipt.notice_number, receipt.instalment))
            return claim.at(at) if claim else None
        stood = ((claims[share.key].at(at), share.amount_yen) for share in shares)
        return lump_sum_of(stood, remainder_to)

    return claim_of


@dataclass
class _Told:
    """What a file names: receipts, their keys, their claims."""

    identities: set[str] = field(default_factory=set)
    payment_numbers: set[str] = field(default_factory=set)
    claims: set[AssessmentKey] = field(default_factory=set)


def _told(receipts: Iterable[CentreReceipt]) -> _Told:
    told = _Told()
    for one in receipts:
        told.identities.add(receipt_id_of(one))
        told.payment_numbers.add(one.payment_number)
        told.claims.add((one.levy_year, one.notice_number, one.instalment))
    return told
