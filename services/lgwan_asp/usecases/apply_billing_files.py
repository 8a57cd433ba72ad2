"""At the cut-off, accepted uploads become bills, one after another, each with a result file."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from services.lgwan_asp.domain.billing_files import PORTION_RECORDS, first_effective_day
from services.lgwan_asp.domain.contracts import Contract, Contracts
from services.lgwan_asp.store.billing_results import ResultFile
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork
from services.lgwan_asp.usecases.upload_billing import accept_in_sequence
from shared.files.billing_results import HEADER_ROW
from shared.files.values import write_instant
from shared.kit.clock import TOKYO, Clock
from shared.kit.ids import new_id
from shared.wire.file_collection import BILLING_RESULT


async def apply_billing_files(
    *,
    contracts: Contracts,
    open_unit_of_work: OpenUnitOfWork,
    clock: Clock,
    portion_records: int = PORTION_RECORDS,
) -> Counter[str]:
    """Apply every upload whose cut-off has passed; return counts of files, records and errors.

    A file is applied in portions, one transaction each, and then its result file stands ready and
    it is APPLIED, in one more. A crash leaves it accepted and applied up to a record; the next run
    goes on behind that. A file after a gap is not touched, nor one behind a file under way.
    """
    counts: Counter[str] = Counter(files=0, records=0, refused=0)
    for contract in contracts.in_order():
        await _accept_leftovers(contract, open_unit_of_work, clock)
        while step := await _apply_next(contract, open_unit_of_work, clock, portion_records):
            counts.update(step)
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
    contract: Contract, open_unit_of_work: OpenUnitOfWork, clock: Clock, portion_records: int
) -> dict[str, int] | None:
    """Take one step of the next upload, in one transaction; return what it did, or None: no file.

    The file's row is locked meanwhile: a second copy of the centre waits and takes the next step.
    """
    now = clock.now()
    async with open_unit_of_work() as work:
        until = _last_passed_day(contract, now)
        file = await work.billing_files.next_to_apply(contract.institution_number, until)
        if file is None or file.apply_on is None:
            return None
        if file.applied_through < file.record_count:
            first_day = first_effective_day(file.apply_on)
            last = min(file.applied_through + portion_records, file.record_count)
            await work.billing_files.apply_through(file, last, first_day=first_day, now=now)
            done = {"files": 0}
        else:
            await work.billing_files.write_result(file, _result_file(now))
            refused = await work.billing_files.finish(file)
            done = {"files": 1, "records": file.record_count, "refused": refused}
        await work.commit()
    return done


def _last_passed_day(contract: Contract, now: datetime) -> date:
    """Return the last day whose cut-off has passed."""
    local = now.astimezone(TOKYO)
    passed = local.time() >= contract.cutoff
    return local.date() if passed else local.date() - timedelta(days=1)


def _result_file(now: datetime) -> ResultFile:
    """Describe the result of every record; they were processed when the last of them was."""
    return ResultFile(
        id=new_id(),
        kind=BILLING_RESULT,
        header=HEADER_ROW.decode(),
        processed_at=write_instant(now.replace(microsecond=0)),
        created_at=now,
    )
