"""A ward hands in billing data: taken whole or refused whole, in the order of its file numbers.

Knows the file and its sequence; what its records do to bills is decided at the cut-off.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import time

from services.lgwan_asp.domain.billing_files import BillingFile, BillingFileState, application_day
from services.lgwan_asp.domain.contracts import Contract
from services.lgwan_asp.domain.exceptions import ExceptionCode
from services.lgwan_asp.domain.refusals import (
    BillingFileRefused,
    FileSequenceReused,
    InstitutionNotYours,
)
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork, UnitOfWork
from shared.files.billing import BillingHeader, BillingRecord, load_billing
from shared.files.problems import FileProblem
from shared.kit.calendar import japanese_banks
from shared.kit.clock import TOKYO, Clock
from shared.kit.ids import new_id
from shared.kit.logs import logger
from shared.kit.money import Yen

PROBLEMS_SHOWN_MAX = 1000


async def upload_billing(
    content: bytes, *, contract: Contract, open_unit_of_work: OpenUnitOfWork, clock: Clock
) -> BillingFile:
    """Take an upload and return its state.

    Steps: read and check it whole (off the event loop); in one transaction, one upload of an
    institution at a time: the same number again is compared, else file and records are added, and
    every file that is now in sequence is accepted for its cut-off.

    Ends as ACCEPTED; as WAITING, with an exception, if a file before it is missing; the same
    bytes again: as it stands now. Refused: BillingFileRefused with its problems,
    InstitutionNotYours, FileSequenceReused.
    """
    loaded = await asyncio.to_thread(load_billing, content, contract.tamper_key)
    header = _checked_header(loaded.header, loaded.problems, contract)
    sha256 = hashlib.sha256(content).hexdigest()
    async with open_unit_of_work() as work:
        last = await work.billing_files.lock_sequence(
            contract.institution_number, municipality=contract.municipality
        )
        known = await work.billing_files.find(contract.institution_number, header.file_sequence)
        if known is not None:
            if known.sha256 != sha256:
                raise FileSequenceReused
            return known
        file = _file(contract, header, loaded.records, sha256, clock)
        await work.billing_files.add(file, loaded.records)
        if header.file_sequence > last + 1:
            await work.exceptions.open(
                ExceptionCode.BILLING_FILE_MISSING,
                str(file.id),
                municipality=contract.municipality,
                at=clock.now(),
            )
            logger().warning("billing_file_waits", file_id=str(file.id))
        await accept_in_sequence(work, contract, last=last, clock=clock)
        taken = await work.billing_files.find(contract.institution_number, header.file_sequence)
        await work.commit()
    return taken or file


async def accept_in_sequence(
    work: UnitOfWork, contract: Contract, *, last: int, clock: Clock
) -> int:
    """Accept every waiting file that follows the last one without a gap; return how many.

    A file is as old as the moment when it came in sequence: its cut-off counts from there.
    """
    accepted = 0
    now = clock.now().astimezone(TOKYO)
    at = time(now.hour, now.minute, now.second)
    apply_on = application_day(japanese_banks(), now.date(), at, contract.cutoff)
    while file := await work.billing_files.next_waiting(contract.institution_number, last):
        await work.billing_files.accept(file, apply_on)
        await work.exceptions.resolve(ExceptionCode.BILLING_FILE_MISSING, str(file.id))
        last, accepted = last + 1, accepted + 1
    return accepted


def _checked_header(
    header: BillingHeader | None, problems: Sequence[FileProblem], contract: Contract
) -> BillingHeader:
    """Return the header of a sound file, or refuse; whose it is comes before what is wrong."""
    if header is not None and header.institution_number != contract.institution_number:
        raise InstitutionNotYours
    found = list(problems)
    if header is not None and header.file_sequence < 1:
        zero = str(header.file_sequence)
        found.append(FileProblem(1, "header", 31, "file_sequence", "sequence_starts_at_1", zero))
    if header is None or found:
        logger().warning("billing_file_refused", problems=len(found))
        detail = f"The billing file has {len(found)} problems; nothing of it was kept."
        shown = [_shown(problem) for problem in found[:PROBLEMS_SHOWN_MAX]]
        raise BillingFileRefused(detail, problems=shown)
    return header


def _shown(problem: FileProblem) -> Mapping[str, object]:
    return {
        "line": problem.line,
        "record": problem.record,
        "position": problem.position,
        "field": problem.field,
        "code": problem.code,
        "value": problem.value,
    }


def _file(
    contract: Contract,
    header: BillingHeader,
    records: Sequence[BillingRecord],
    sha256: str,
    clock: Clock,
) -> BillingFile:
    return BillingFile(
        id=new_id(),
        municipality=contract.municipality,
        institution_number=contract.institution_number,
        file_sequence=header.file_sequence,
        sha256=sha256,
        record_count=len(records),
        total_yen=Yen(sum(record.amount_yen for record in records)),
        received_at=clock.now(),
        state=BillingFileState.WAITING,
    )
