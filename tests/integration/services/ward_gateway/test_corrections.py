"""更正 (BOOKS §2.5): claims are corrected whole, what was paid stays, and the centre follows."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from services.ward_gateway.store import tables
from services.ward_gateway.store.correction_tables import ASSESSMENT_CORRECTIONS
from shared.files.codes import DataType, Proc
from shared.kit.peer import PeerRefused
from shared.wire import ward_intranet as wire
from shared.wire.corrections import LIST_CORRECTIONS
from shared.wire.mailing_gate import DEAD_KEYS
from tests.integration.services.ward_gateway.centre_answers import (
    JOB,
    answer,
    pays_by_app,
    slips_at_centre,
    told,
)
from tests.integration.services.ward_gateway.conftest import claim, receipt
from tests.integration.services.ward_gateway.corrected_claims import (
    RUN,
    cancel,
    change,
    hand_in,
    heaps,
    open_yen,
    statement,
)


async def test_corrections_are_taken_with_new_claims_and_kept_as_history(ward) -> None:
    await ward.with_slips(1000, 2000, 3000)
    rows = [
        claim(4, 400),
        change(1, 700, medical_yen=500, support_yen=200, reason_code="K1", payer_name_kana="ﾊﾅｺ"),
        change(2, 2500),
        cancel(3, 3000),
    ]
    done = await hand_in(ward, *rows)
    assert (done.record_count, done.added, done.corrected, done.cancelled) == (4, 1, 2, 1)
    assert done.total_yen == 400 + 700 + 2500 + 3000, "every row counts, as beside the file"
    again = await hand_in(ward, *rows)
    assert (again.repeated, again.added, again.corrected, again.cancelled) == (True, 0, 0, 0)
    claims = {row.notice_number[-1]: row for row in await ward.rows(tables.ASSESSMENTS)}
    assert {n: row.amount_yen for n, row in claims.items()} == {
        "1": 700,
        "2": 2500,
        "3": 0,
        "4": 400,
    }
    assert (claims["1"].support_yen, claims["1"].payer_name_kana) == (200, "ﾊﾅｺ")
    assert [row.corrections for _, row in sorted(claims.items())] == [1, 1, 1, 0]
    assert [n for n, row in claims.items() if row.cancelled_at is not None] == ["3"]
    kept = {row.source_line: row for row in await ward.rows(ASSESSMENT_CORRECTIONS)}
    assert {n: (r.proc, r.before_amount_yen, r.after_amount_yen) for n, r in kept.items()} == {
        3: (2, 1000, 700),
        4: (2, 2000, 2500),
        5: (3, 3000, 0),
    }
    assert (kept[3].reason_code, kept[3].after_support_yen, kept[3].number) == ("K1", 200, 1)
    first = await ward.ask("treasury", LIST_CORRECTIONS, query={"limit": 2})
    rest = await ward.ask("clerk", LIST_CORRECTIONS, query={"after": first.next_after})
    listed = [*first.corrections, *rest.corrections]
    assert rest.next_after is None
    assert [(c.notice_number[-1], c.number, c.proc, c.line, c.reason_code) for c in listed] == [
        ("1", 1, 2, 3, "K1"),
        ("2", 1, 2, 4, ""),
        ("3", 1, 3, 5, ""),
    ]
    assert {c.file_sha256 for c in listed} == {done.sha256}
    assert (listed[0].before.medical_yen, listed[0].after.support_yen) == (1000, 200)
    assert (listed[2].before.amount_yen, listed[2].after.amount_yen) == (3000, 0)
    made = await statement(ward)
    (i1,) = [identity for identity in made.identities if identity.name == "I1"]
    assert (i1.left_yen, i1.right_yen) == (3600, 6400 + 500 - 300 - 3000)


async def test_a_file_with_one_bad_correction_changes_nothing(ward) -> None:
    await ward.with_slips(1000, 2000, 3000, 4000)
    await hand_in(ward, cancel(4))
    rows = [
        change(1, 700),  # this one fits
        change(1, 600, notice_number="000000009"),
        change(2, 1000, correction=2),
        change(3, 3000),
        change(4, 500, correction=2),
        cancel(2, 1999, instalment=1, notice_number="000000002"),
    ]
    with pytest.raises(PeerRefused) as refused:
        await hand_in(ward, *rows[:5])
    assert [(p["line"], p["field"], p["code"]) for p in refused.value.problems] == [
        (3, "tsuchisho_no", "assessment_unknown"),
        (4, "kosei_kaisu", "correction_out_of_order"),
        (5, "proc", "nothing_changes"),
        (6, "proc", "assessment_cancelled"),
    ]
    with pytest.raises(PeerRefused) as refused:
        await hand_in(ward, rows[5], change(1, 700, fiscal_year=2026, year_class=2), rows[0])
    assert [(p["line"], p["field"], p["code"]) for p in refused.value.problems] == [
        (4, "tsuchisho_no", "assessment_twice")
    ]
    with pytest.raises(PeerRefused) as refused:
        await hand_in(ward, rows[5], change(1, 700, fiscal_year=2026, year_class=2))
    assert [(p["line"], p["field"], p["code"]) for p in refused.value.problems] == [
        (2, "choutei_gaku", "cancelled_amount_differs"),
        (3, "kaikei_nendo", "correction_of_other_books"),
        (3, "nendo_kubun", "correction_of_other_books"),
    ]
    assert sorted(row.amount_yen for row in await ward.rows(tables.ASSESSMENTS)) == [
        0,
        1000,
        2000,
        3000,
    ]
    assert await ward.count(ASSESSMENT_CORRECTIONS) == 1
    await hand_in(ward, rows[0])
    with pytest.raises(PeerRefused) as refused:
        await hand_in(ward, change(1, 650))
    assert [p["code"] for p in refused.value.problems] == ["correction_out_of_order"]


async def test_a_reduction_after_payment_is_overpaid_and_no_key_is_touched_by_it(ward) -> None:
    (slip,) = await slips_at_centre(ward, 1000)
    await pays_by_app(ward, slip)
    assert await heaps(ward) == {"A4": 1000, "B1": 1000}
    before = (await statement(ward)).residual_yen
    await hand_in(ward, change(1, 600))
    assert await heaps(ward) == {"A4": 600, "B1": 600, "B3": 400}
    assert await open_yen(ward) == {"over_assessed": 400}
    assert (await statement(ward)).residual_yen == before, "an overpayment is explained"
    await ward.run(JOB)
    assert told(ward, 2) == [(Proc.DELETE, slip.payment_number, 1)]
    await hand_in(ward, change(1, 1000, correction=2))
    assert await open_yen(ward) == {}
    assert await heaps(ward) == {"A4": 1000, "B1": 1000}


async def test_an_old_slip_paid_after_a_reduction_is_over_assessed(ward) -> None:
    """Edge 11: a printed barcode cannot be taken back; what is too much waits for 充当, 還付."""
    (slip,) = await slips_at_centre(ward, 1000)
    await hand_in(ward, change(1, 600))
    assert await heaps(ward) == {"A6": 600}
    await pays_by_app(ward, slip)
    assert await heaps(ward) == {"A4": 600, "B1": 600, "B3": 400}
    assert await open_yen(ward) == {"over_assessed": 400}


async def test_the_order_of_receipt_and_correction_does_not_show(ward) -> None:
    slips = await ward.with_slips(1000, 1000)
    ward.offer_receipts(1, receipt(slips[0]), receipt(slips[0], shop="0000002"))
    await ward.run("collect_leased_line")
    await hand_in(ward, change(1, 600), change(2, 600))
    ward.offer_receipts(2, receipt(slips[1]), receipt(slips[1], shop="0000002"))
    await ward.run("collect_leased_line")
    rows = [e for e in await ward.rows(tables.EXCEPTIONS) if e.state == "OPEN"]
    by_claim: dict[str, set[tuple[str, int]]] = {}
    for row in rows:
        by_claim.setdefault(row.subject_id, set()).add((row.code, row.amount_yen))
    assert list(by_claim.values()) == [{("over_assessed", 400), ("double_payment", 1000)}] * 2
    assert await heaps(ward) == {"A4": 1200, "B1": 1200, "B3": 2800}


async def test_a_cancelled_claim_owes_nothing_and_what_was_paid_on_it_is_overpaid(ward) -> None:
    slips = await slips_at_centre(ward, 1000, 2000)
    await pays_by_app(ward, slips[0])
    await hand_in(ward, cancel(1, 1000), cancel(2, 0))
    assert await heaps(ward) == {"B3": 1000}
    assert await open_yen(ward) == {"over_assessed": 1000}
    await ward.run(JOB)
    assert told(ward, 2) == [(Proc.DELETE, slip.payment_number, 2) for slip in slips]
    assert (await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)).issued == 0
    ward.offer_receipts(2, receipt(slips[0], DataType.CANCELLED))
    await ward.run("collect_leased_line")
    assert await open_yen(ward) == {"preliminary_cancelled": 1000}
    assert await heaps(ward) == {}


async def test_a_failed_debit_adds_a_slip_and_a_key_and_a_change_to_debit_deletes_it(ward) -> None:
    """BOOKS §1.7: 振替不能 comes as a correction, nofu_hoho 2 to 1; nobody asks for the slip."""
    await hand_in(ward, claim(1, 1000), claim(2, 2000, payment_method=2, limit_date=None))
    assert (await ward.ask("clerk", wire.ISSUE_SLIPS, RUN)).issued == 1
    await ward.run(JOB)
    assert len(told(ward, 1)) == 1
    answer(ward, 1)
    await ward.run("collect_lgwan")
    await hand_in(ward, change(2, 2000))
    assert (await ward.run(JOB))["slips_issued"] == 1
    (added,) = told(ward, 2)
    slips = {slip.payment_number: slip for slip in (await ward.ask("clerk", wire.LIST_SLIPS)).slips}
    assert added == (Proc.ADD, added[1], None)
    assert (slips[added[1]].amount_yen, slips[added[1]].limit_date) == (2000, date(2025, 8, 29))
    answer(ward, 2)
    await ward.run("collect_lgwan")
    await hand_in(ward, change(2, 2000, 2, payment_method=2, limit_date=None))
    await ward.run(JOB)
    assert told(ward, 3) == [(Proc.DELETE, added[1], 3)]
    answer(ward, 3)
    await ward.run("collect_lgwan")
    dead = await ward.ask("clerk", DEAD_KEYS, query={"first": "2025-06-02", "last": "2025-06-02"})
    assert (dead.closed, dead.longest_hours) == (1, 0.0), "dead since the correction was taken"


async def test_what_was_corrected_cannot_be_unwritten(databases) -> None:
    engine = await databases.engine("ward_gateway")
    for change_ in (
        "DELETE FROM assessment_corrections",
        "UPDATE assessment_corrections SET number = number",
        "TRUNCATE assessment_corrections",
    ):
        async with engine.connect() as connection:
            with pytest.raises(ProgrammingError, match="permission denied"):
                await connection.execute(text(change_))
