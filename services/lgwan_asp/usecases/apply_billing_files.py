"""At the cut-off, accepted uploads become bills, one after another, each with a result file."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from services.lgwan_asp.domain.billing_files import (
    ERROR_ITEMS,
    BillingFile,
    RecordOutcome,
    first_effective_day,
)
from services.lgwan_asp.domain.contracts import Contract, Contracts
from services.lgwan_asp.domain.outgoing_files import OutgoingFile
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork
from services.lgwan_asp.usecases.upload_billing import accept_in_sequence
from shared.files.billing_results import (
    BillingOutcome,
    BillingResult,
    write_billing_results,
)
from shared.files.codes import Proc
from shared.kit.clock import TOKYO, Clock
from shared.kit.ids import new_id
from shared.kit.money import ZERO_YEN
from shared.wire.file_collection import BILLING_RESULT


async def apply_billing_files(
    *, contracts: Contracts, open_unit_of_work: OpenUnitOfWork, clock: Clock
) -> Counter[str]:
    """Apply every upload whose cut-off has passed; return counts of files, records and errors.

    One transaction per file: its records are judged and applied, its result file stands ready, it
    is APPLIED; a crash leaves it accepted and the next run does it whole. A file after a gap is
    not touched.
    """
    counts: Counter[str] = Counter(files=0, records=0, refused=0)
    for contract in contracts.in_order():
        await _accept_leftovers(contract, open_unit_of_work, clock)
        while outcomes := await _apply_next(contract, open_unit_of_work, clock):
            counts["files"] += 1
            counts["records"] += len(outcomes[0])
            counts["refused"] += sum(outcome.error is not None for outcome in outcomes[0])
    return counts


async def _accept_leftovers(
    contract: Contract, open_unit_of_work: OpenUnitOfWork, clock: Clock
) -> None:
    """Accept what came in sequence but was left waiting (rule 4: a state that waits has a job)."""
    async with open_unit_of_work() as work:
        last = await work.billing_files.lock_sequence(
            contract.institution_number, municipality=contract.municipality
        )
        await accept_in_sequence(work, contract, last=last, clock=clock)
        await work.commit()


async def _apply_next(
    contract: Contract, open_unit_of_work: OpenUnitOfWork, clock: Clock
) -> tuple[Sequence[RecordOutcome]] | None:
    """Apply one upload in one transaction; return its outcomes (perhaps none), or None: no file."""
    now = clock.now()
    async with open_unit_of_work() as work:
        until = _last_passed_day(contract, now)
        file = await work.billing_files.next_to_apply(contract.institution_number, until)
        if file is None or file.apply_on is None:
            return None
        first_day = first_effective_day(file.apply_on)
        await work.billing_files.apply(file, first_day=first_day, now=now)
        outcomes = await work.billing_files.outcomes(file)
        content = await asyncio.to_thread(_result_file, file, outcomes, now)
        await work.outgoing_files.add(_outgoing(file, outcomes, content, now), content)
        await work.commit()
    return (outcomes,)


def _last_passed_day(contract: Contract, now: datetime) -> date:
    """Return the last day whose cut-off has passed."""
    local = now.astimezone(TOKYO)
    passed = local.time() >= contract.cutoff
    return local.date() if passed else local.date() - timedelta(days=1)


def _result_file(file: BillingFile, outcomes: Sequence[RecordOutcome], now: datetime) -> bytes:
    processed_at = now.replace(microsecond=0)
    return write_billing_results(
        BillingResult(
            file_sequence=file.file_sequence,
            record_seq=outcome.record_seq,
            proc=Proc(outcome.proc),
            payment_number=outcome.payment_number,
            category=outcome.category,
            result=BillingOutcome.REFUSED if outcome.error else BillingOutcome.ACCEPTED,
            error_code=outcome.error.value if outcome.error else "",
            error_item=ERROR_ITEMS[outcome.error] if outcome.error else "",
            processed_at=processed_at,
        )
        for outcome in outcomes
    )


def _outgoing(
    file: BillingFile, outcomes: Sequence[RecordOutcome], content: bytes, now: datetime
) -> OutgoingFile:
    """A result bears the number of its upload; a CSV of results has no yen (its total is 0)."""
    return OutgoingFile(
        id=new_id(),
        municipality=file.municipality,
        institution_number=file.institution_number,
        kind=BILLING_RESULT,
        sequence=file.file_sequence,
        record_count=len(outcomes),
        total_yen=ZERO_YEN,
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        created_at=now,
    )
