"""Correct claims (更正) in the caller's transaction: what is owed changes, and what was paid stays.

Does not commit; tells the centre nothing: that its keys are no longer right is found by comparing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.ward_gateway.domain.assessments import AssessmentKey
from services.ward_gateway.domain.corrections import KnownClaim, Stated, corrected
from services.ward_gateway.domain.debit_results import CLOSED_BY_CORRECTION
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.clear_receipts import clear_assessments
from services.ward_gateway.usecases.take_debit_results import close_debit_exceptions


async def correct_assessments(
    work: UnitOfWork,
    known: Mapping[AssessmentKey, KnownClaim],
    stated: Sequence[Stated],
    file_sha256: str,
) -> int:
    """Take corrections that fit; return how many claims came to owe another amount.

    1. Each goes to the history and onto its claim, which the caller has locked. 2. 消込 of the
    claims whose yen moved: what was paid and is not owed any more is overpaid (過納, heap B3).
    3. What a clerk was told of direct debits of these claims is closed, unless money was taken once
    too often: this is the newer word on how they are paid.
    """
    if not stated:
        return 0
    corrections = [corrected(known[each.assessment.key], each) for each in stated]
    await work.corrections.add(corrections, file_sha256, work.clock.now())
    moved = [each.before.id for each in corrections if each.moves_yen]
    await clear_assessments(work, moved)
    keys = {each.before.key for each in corrections}
    await close_debit_exceptions(work, keys, CLOSED_BY_CORRECTION)
    return len(moved)
