"""A checked file becomes part of the ward's books: one transaction for each file, set-based.

Whatever cannot be booked as it stands becomes an exception for a clerk, and the file goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.intakes import Intake
from services.ward_gateway.domain.paper_notices import COUNTER_MEDIUM
from services.ward_gateway.domain.receipts import Incoming, Registration, register
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.clear_receipts import clear_assessments
from services.ward_gateway.usecases.read_received_files import ReceivedFile
from services.ward_gateway.usecases.register_billing_results import register_billing_results
from services.ward_gateway.usecases.register_pay_ins import register_pay_ins
from services.ward_gateway.usecases.settle_paper_notices import settle_paper_notices
from shared.kit.ids import new_id
from shared.kit.money import Yen

DETAILS = {
    "confirmed_without_preliminary": "A 確報 came without its 速報.",
    "preliminary_cancelled": "A 速報 was taken back by a 03; the slip is unpaid again.",
    "cancellation_unmatched": "A 03 has no unconfirmed 01 that equals it; nothing was changed.",
    "confirmed_after_cancelled": "A 確報 came for a receipt that a 03 took back.",
    "receipt_amount_differs": "A second notice of a receipt names another amount.",
    "transfer_date_differs": "A second 確報 of a receipt names another transfer date.",
}


async def register_file(work: UnitOfWork, intake: Intake, file: ReceivedFile) -> dict[str, int]:
    """Register one file inside the caller's transaction; return what was counted.

    1. Receipts by the rules of DOMAIN §3.4, and those of bank counters held against paper.
    2. 消込 of every assessment that they touch. 3. Commissions of the card agent's report.
    4. 計算書 of pay-ins. 5. The centre's answers to billing records. 6. The file's number. The
    caller commits it together with the intake's move.
    """
    counts = await _register_receipts(work, intake, file.receipts) if file.receipts else {}
    if file.commissions:
        counts["commissions"] = await work.commissions.put(file.commissions)
    if file.pay_ins:
        counts["pay_ins"] = await register_pay_ins(work, file.pay_ins, intake.id)
    if file.answers:
        counts |= await register_billing_results(work, intake, file.answers)
    await work.sequences.registered(intake.kind, intake.sequence)
    return counts


async def _register_receipts(
    work: UnitOfWork, intake: Intake, incoming: Sequence[Incoming]
) -> dict[str, int]:
    counter_keys = await _counter_keys(work, incoming)
    if counter_keys:  # paper may tell of them too: take turns with whoever moves money or paper
        await work.fundings.lock()
    held = await work.receipts.held([record.identity for record in incoming])
    plan = register(held, incoming, iter(new_id, None))
    slip_ids = await work.slips.of_keys([new.incoming.key for new in plan.added])
    await work.receipts.add(plan.added, slip_ids, intake.id, work.clock.now())
    await work.receipts.confirm(plan.confirmed)
    await work.receipts.cancel(plan.cancelled)
    await work.receipts.preliminary_followed(plan.preliminary_followed)
    await work.receipts.note_media(plan.media)
    await _open_exceptions(work, intake, plan)
    followed = [str(receipt_id) for receipt_id in plan.preliminary_followed]
    if followed:
        code = ExceptionCode.CONFIRMED_WITHOUT_PRELIMINARY
        await work.exceptions.settle(code, [], among=followed)
    for new in plan.added:
        if new.incoming.key not in slip_ids:
            await _unmatched(work, new.id, new.incoming.amount_yen)
    settled = await settle_paper_notices(work, counter_keys)
    touched = await work.receipts.assessments_of(plan.touched | settled)
    await clear_assessments(work, touched)
    return {
        "receipts_added": len(plan.added),
        "receipts_confirmed": len(plan.confirmed),
        "receipts_cancelled": len(plan.cancelled),
        "receipts_duplicate": plan.duplicates,
        "exceptions": len(plan.findings),
    }


async def _counter_keys(work: UnitOfWork, incoming: Sequence[Incoming]) -> set[str]:
    """Return the keys of payments at a counter, and of those that could be taken for one so far."""
    others = [one.identity for one in incoming if one.medium not in ("", COUNTER_MEDIUM)]
    unknown = await work.receipts.keys_without_medium(others)
    return unknown | {one.key for one in incoming if one.medium == COUNTER_MEDIUM}


async def _unmatched(work: UnitOfWork, receipt_id: UUID, amount_yen: Yen) -> None:
    """Open the exception of heap B8: money whose slip this ward never issued."""
    detail = "No slip of this ward has the key of this receipt."
    await work.exceptions.open("receipt_unmatched", "receipt", str(receipt_id), amount_yen, detail)


async def _open_exceptions(work: UnitOfWork, intake: Intake, plan: Registration) -> None:
    for finding in plan.findings:
        subject = "receipt" if finding.receipt_id else "intake_line"
        subject_id = str(finding.receipt_id or f"{intake.id}:{finding.line}")
        await work.exceptions.open(
            finding.code, subject, subject_id, finding.amount_yen, DETAILS[finding.code]
        )
