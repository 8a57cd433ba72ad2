"""A ward hands in billing data: taken whole or refused whole, in the order of its file numbers.

Knows the file and its sequence; what its records do to bills is decided at the cut-off.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from itertools import islice

from services.lgwan_asp.domain.billing_files import BillingFile, BillingFileState, application_day
from services.lgwan_asp.domain.contracts import Contract
from services.lgwan_asp.domain.exceptions import ExceptionCode
from services.lgwan_asp.domain.refusals import (
    BillingFileRefused,
    FileSequenceReused,
    InstitutionNotYours,
)
from services.lgwan_asp.store.billing_rows import Owner
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork, UnitOfWork
from services.lgwan_asp.usecases.upload_slots import UploadSlots
from shared.files.billing import BillingHeader, BillingRecord, read_billing
from shared.files.billing_blocks import SoundBilling, check_blocks
from shared.files.problems import FileProblem
from shared.kit.calendar import japanese_banks
from shared.kit.clock import TOKYO, Clock
from shared.kit.ids import new_id
from shared.kit.logs import logger
from shared.kit.money import Yen

PROBLEMS_SHOWN_MAX = 1000
BATCH_RECORDS = 2000


@dataclass(frozen=True, slots=True)
class _Checked:
    """An upload without a problem; sound: its blocks, or None if it is to be read by records."""

    header: BillingHeader
    sha256: str
    count: int
    total_yen: Yen
    sound: SoundBilling | None


async def upload_billing(
    content: bytes,
    *,
    contract: Contract,
    open_unit_of_work: OpenUnitOfWork,
    clock: Clock,
    slots: UploadSlots,
) -> BillingFile:
    """Take an upload and return its state.

    Steps: read and check it whole (off the event loop); in one transaction, copy its records, then,
    one upload of an institution at a time: the same number again is compared (and the copy comes to
    nothing), else the file is added, and every file that is now in sequence is accepted for its
    cut-off. Only the last part makes another upload of the institution wait.

    Ends as ACCEPTED; as WAITING, with an exception, if a file before it is missing; the same
    bytes again: as it stands now. Refused: BillingFileRefused with its problems,
    InstitutionNotYours, FileSequenceReused; Overloaded while as many uploads as may be are read.
    """
    with slots.taken():
        checked = await asyncio.to_thread(_check, content, contract)
        async with open_unit_of_work() as work:
            known = await _known(work, contract, checked)
            if known is not None:
                return known
            file = _file(contract, checked, clock)
            await _copy(work, content, checked, file, contract)
            return await _add(work, contract, checked, file, clock)


async def _known(work: UnitOfWork, contract: Contract, checked: _Checked) -> BillingFile | None:
    """Return the file that was taken under this number, None if there is none, or refuse."""
    known = await work.billing_files.find(
        contract.institution_number, checked.header.file_sequence
    )
    if known is not None and known.sha256 != checked.sha256:
        raise FileSequenceReused
    return known


async def _copy(
    work: UnitOfWork, content: bytes, checked: _Checked, file: BillingFile, contract: Contract
) -> None:
    owner = Owner(file.id, file.municipality)
    if checked.sound is not None:
        for block in checked.sound.blocks():
            await work.billing_files.copy_block(owner, block)
        return
    items = read_billing(content, contract.tamper_key)
    records = (item for item in items if isinstance(item, BillingRecord))
    while batch := await asyncio.to_thread(lambda: list(islice(records, BATCH_RECORDS))):
        await work.billing_files.copy_records(owner, batch)


async def _add(
    work: UnitOfWork, contract: Contract, checked: _Checked, file: BillingFile, clock: Clock
) -> BillingFile:
    """Add a file whose records stand in this transaction, unless it was taken meanwhile."""
    last = await work.billing_files.lock_sequence(
        contract.institution_number, municipality=contract.municipality
    )
    known = await _known(work, contract, checked)
    if known is not None:
        return known
    await work.billing_files.add(file)
    if file.file_sequence > last + 1:
        await work.exceptions.open(
            ExceptionCode.BILLING_FILE_MISSING,
            str(file.id),
            municipality=contract.municipality,
            at=clock.now(),
        )
        logger().warning("billing_file_waits", file_id=str(file.id))
    await accept_in_sequence(work, contract, last=last, clock=clock)
    taken = await work.billing_files.find(contract.institution_number, file.file_sequence)
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


def _check(content: bytes, contract: Contract) -> _Checked:
    """Read an upload whole, or refuse it; whose it is comes before what is wrong."""
    sound = check_blocks(content, contract.tamper_key)
    if sound is None:
        return _read(content, contract)
    _demand_header(sound.header, contract)
    return _Checked(sound.header, _sha256(content), sound.count, sound.total_yen, sound)


def _read(content: bytes, contract: Contract) -> _Checked:
    """Read an upload record by record: there is a problem to be named, or a rarer shape."""
    header: BillingHeader | None = None
    found: list[FileProblem] = []
    problems = count = total = 0
    for item in read_billing(content, contract.tamper_key):
        if isinstance(item, BillingRecord):
            count, total = count + 1, total + int(item.amount_yen)
        elif isinstance(item, FileProblem):
            problems += 1
            found += [item] if problems <= PROBLEMS_SHOWN_MAX else []
        else:
            header = header or item
    _demand_header(header, contract, found, problems)
    assert header is not None, "a file without a header was refused"  # noqa: S101
    return _Checked(header, _sha256(content), count, Yen(total), None)


def _demand_header(
    header: BillingHeader | None,
    contract: Contract,
    found: Sequence[FileProblem] = (),
    problems: int = 0,
) -> None:
    """Refuse another institution's file, then one with problems, of which `found` are shown."""
    if header is not None and header.institution_number != contract.institution_number:
        raise InstitutionNotYours
    shown = [_shown(problem) for problem in found]
    if header is not None and header.file_sequence < 1:
        problems += 1
        zero = str(header.file_sequence)
        problem = FileProblem(1, "header", 31, "file_sequence", "sequence_starts_at_1", zero)
        shown = [*shown[: PROBLEMS_SHOWN_MAX - 1], _shown(problem)]
    if header is None or problems:
        logger().warning("billing_file_refused", problems=problems)
        detail = f"The billing file has {problems} problems; nothing of it was kept."
        raise BillingFileRefused(detail, problems=shown)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _shown(problem: FileProblem) -> Mapping[str, object]:
    return {
        "line": problem.line,
        "record": problem.record,
        "position": problem.position,
        "field": problem.field,
        "code": problem.code,
        "value": problem.value,
    }


def _file(contract: Contract, checked: _Checked, clock: Clock) -> BillingFile:
    return BillingFile(
        id=new_id(),
        municipality=contract.municipality,
        institution_number=contract.institution_number,
        file_sequence=checked.header.file_sequence,
        sha256=checked.sha256,
        record_count=checked.count,
        total_yen=checked.total_yen,
        received_at=clock.now(),
        state=BillingFileState.WAITING,
    )
