"""What a correction may change of a claim, and which of an overpayment is 過納."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.ward_gateway.domain.corrections import (
    AMOUNTS,
    CORRECTABLE,
    KnownClaim,
    Stated,
    corrected,
    faults_of,
    overpayments,
)
from shared.kit.ids import new_id
from shared.kit.money import Yen
from tests.unit.services.ward_gateway.test_slip_keys import claim

BEFORE = claim(1000)
KNOWN = KnownClaim(BEFORE, cancelled=False)


def stated(*, cancels: bool = False, **more: object) -> Stated:
    now = replace(BEFORE, id=new_id(), corrections=1)
    return Stated(2, replace(now, **more), cancels, "K1")  # type: ignore[arg-type]


def test_after_a_failed_debit_the_same_again_is_a_newer_word() -> None:
    same = stated()
    assert list(faults_of(KNOWN, same)) == [("proc", "nothing_changes")]
    assert list(faults_of(replace(KNOWN, debit_failed=True), same)) == []


def lowered(yen: int) -> dict[str, object]:
    return {"amount_yen": Yen(yen), "medical_yen": Yen(yen)}


@pytest.mark.parametrize(
    ("known", "said", "faults"),
    [
        (KNOWN, stated(**lowered(900)), []),
        (KNOWN, stated(**lowered(0)), []),
        (KNOWN, stated(payment_method=2), []),
        (KNOWN, stated(due_date=date(2025, 7, 31)), []),
        (KNOWN, stated(cancels=True), []),
        (KNOWN, stated(cancels=True, **lowered(0)), []),
        (None, stated(**lowered(900)), [("tsuchisho_no", "assessment_unknown")]),
        (KNOWN, stated(), [("proc", "nothing_changes")]),
        (
            KnownClaim(BEFORE, cancelled=True),
            stated(corrections=7),
            [("proc", "assessment_cancelled")],
        ),
        (
            KNOWN,
            stated(corrections=2, fiscal_year=2026, year_class=2),
            [
                ("kosei_kaisu", "correction_out_of_order"),
                ("kaikei_nendo", "correction_of_other_books"),
                ("nendo_kubun", "correction_of_other_books"),
                ("proc", "nothing_changes"),
            ],
        ),
        (
            KNOWN,
            stated(cancels=True, **lowered(999)),
            [("choutei_gaku", "cancelled_amount_differs")],
        ),
    ],
)
def test_a_correction_fits_its_claim_or_says_every_reason_why_not(known, said, faults) -> None:
    assert list(faults_of(known, said)) == faults


def test_a_change_is_the_claim_as_stated_and_a_cancellation_keeps_all_but_the_yen() -> None:
    change = corrected(KNOWN, stated(**lowered(900), payment_method=2))
    assert (change.after.id, change.after.payment_method) == (BEFORE.id, 2)
    assert change.moves_yen
    gone = corrected(KNOWN, stated(cancels=True, payer_name_kana="ﾊﾅｺ"))
    assert {int(getattr(gone.after, name)) for name in AMOUNTS} == {0}
    kept = [name for name in CORRECTABLE if name not in AMOUNTS]
    assert [getattr(gone.after, name) for name in kept] == [getattr(BEFORE, n) for n in kept]
    assert not corrected(KNOWN, stated(payment_method=2)).moves_yen


@pytest.mark.parametrize(
    ("overpaid", "now", "highest", "over_assessed", "in_error"),
    [
        (200, 800, 1000, 200, 0),  # paid 1,000, lowered to 800
        (1000, 1000, None, 0, 1000),  # paid twice, never corrected
        (1200, 800, 1000, 200, 1000),  # paid twice, then lowered
        (1000, 0, 1000, 1000, 0),  # cancelled
        (300, 1300, 1000, 0, 300),  # raised, and still too much
        (100, 800, 1000, 100, 0),
    ],
)
def test_what_the_highest_assessment_would_have_taken_is_over_assessed(
    overpaid, now, highest, over_assessed, in_error
) -> None:
    claim_id = new_id()
    highest_yen = {} if highest is None else {claim_id: highest}
    found = overpayments({claim_id: overpaid}, {claim_id: now}, highest_yen)
    assert [sum(int(f.amount_yen) for f in findings) for findings in found] == [
        over_assessed,
        in_error,
    ]
    assert {f.code for f in found[0]} <= {"over_assessed"}
    assert {f.code for f in found[1]} <= {"double_payment"}
