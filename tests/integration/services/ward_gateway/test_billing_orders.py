"""What the ward wants the centre to hold is told to it unasked, and its answers are believed."""

from __future__ import annotations

from services.ward_gateway.store import tables
from shared.files.billing import load_billing
from shared.files.billing_results import BillingOutcome, BillingResult, write_billing_results
from tests.integration.services.ward_gateway.conftest import TAMPER_KEY

JOB = "upload_billing"


def sent_records(ward, number: int):
    """Return what the ward sent under a file number."""
    return load_billing(ward.centre.billing[number], TAMPER_KEY).records


def answer(ward, number: int, **refused: str) -> None:
    """Let the centre's result of a file wait; refused: record number (r1, r2, …) -> code."""
    rows = []
    for record in sent_records(ward, number):
        code = refused.get(f"r{record.record_seq}", "")
        rows.append(
            BillingResult(
                file_sequence=number,
                record_seq=record.record_seq,
                proc=record.proc,
                payment_number=record.payment_number,
                category=record.category,
                result=BillingOutcome.REFUSED if code else BillingOutcome.ACCEPTED,
                error_code=code,
                error_item="payment_number" if code else "",
                processed_at=ward.clock.instant.replace(microsecond=0),
            )
        )
    ward.centre.offer("billing_result", number, write_billing_results(rows), len(rows), 0)


async def states(ward) -> dict[str, str]:
    """Return each slip's state at the centre, by notice."""
    return {row.notice_number[-1]: row.state for row in await ward.rows(tables.SLIPS)}


async def test_a_result_that_comes_before_the_uploads_answer_is_not_lost(ward) -> None:
    await ward.with_slips(1000, 2000)
    ward.network.plan("POST /billing-files", "answer_lost")
    ward.network.plan("GET /billing-files", "question_lost", times=99)
    await ward.run(JOB)
    assert await states(ward) == {"1": "ISSUED", "2": "ISSUED"}
    answer(ward, 1, r2="E110")
    await ward.run("collect_lgwan")
    assert await states(ward) == {"1": "HELD", "2": "REFUSED"}
    (upload,) = await ward.rows(tables.BILLING_UPLOADS)
    assert upload.state == "ACCEPTED"
    ward.network.mishaps.clear()
    assert dict(await ward.run(JOB)) == {}
    assert await states(ward) == {"1": "HELD", "2": "REFUSED"}
