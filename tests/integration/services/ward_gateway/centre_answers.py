"""What happens around a ward's keys: the centre answers, somebody pays, a night passes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from services.ward_gateway.store import tables
from shared.files.billing import BillingRecord, load_billing
from shared.files.billing_results import BillingOutcome, BillingResult, write_billing_results
from shared.files.codes import DataType, Proc
from shared.kit.clock import tokyo_time
from tests.integration.services.ward_gateway.conftest import TAMPER_KEY, receipt
from tests.integration.services.ward_gateway.test_registration import centre_file, payeasy

JOB = "upload_billing"


def sent_records(ward: Any, number: int) -> list[BillingRecord]:
    """Return what the ward sent under a file number."""
    loaded = load_billing(ward.centre.billing[number], TAMPER_KEY)
    assert loaded.problems == []
    return loaded.records


def told(ward: Any, number: int) -> list[tuple[Proc, str, int | None]]:
    """Return kind, payment number and delete reason of each record of a file, in its order."""
    return [(r.proc, r.payment_number, r.delete_reason) for r in sent_records(ward, number)]


def result_row(ward: Any, record: BillingRecord, number: int, code: str = "") -> BillingResult:
    """Return the centre's answer to one record: done, or refused with a code."""
    return BillingResult(
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


def answer(ward: Any, number: int, **refused: str) -> None:
    """Let the result of a file wait at the centre; refused: record (r1, r2, ...) -> its code."""
    rows = [
        result_row(ward, record, number, refused.get(f"r{record.record_seq}", ""))
        for record in sent_records(ward, number)
    ]
    ward.centre.offer("billing_result", number, write_billing_results(rows), len(rows), 0)


async def slips_at_centre(ward: Any, *amounts: int) -> list[Any]:
    """Issue slips, send them, let the centre hold their keys, and return them by notice."""
    slips = await ward.with_slips(*amounts)
    await ward.run(JOB)
    answer(ward, 1)
    await ward.run("collect_lgwan")
    return slips


async def pays_by_app(ward: Any, slip: Any, number: int = 1) -> None:
    """Let the provider tell of a payment by app banking."""
    ward.offer_receipts(number, receipt(slip))
    await ward.run("collect_leased_line")


async def pays_by_payeasy(
    ward: Any, slip: Any, kind: DataType = DataType.PRELIMINARY, number: int = 1
) -> None:
    """Let the centre tell of a payment on a slip's own key, or of its cancellation."""
    content = centre_file(number, [payeasy(slip, 1, kind)])
    ward.centre.offer("receipts_payeasy", number, content, 1, int(slip.amount_yen))
    await ward.run("collect_lgwan")


def next_morning(ward: Any, days: int = 1) -> None:
    """Let a night pass: it is 08:30 in Tokyo."""
    today: date = ward.clock.today()
    ward.clock.instant = tokyo_time(today + timedelta(days=days), 8, 30)


async def states(ward: Any) -> dict[str, str]:
    """Return each slip's state at the centre, by the last digit of its notice."""
    return {row.notice_number[-1]: row.state for row in await ward.rows(tables.SLIPS)}


async def owed(ward: Any, sql: str) -> None:
    """Change what is owed, as a correction will."""
    async with ward.engine.begin() as connection:
        await connection.execute(text(sql))
