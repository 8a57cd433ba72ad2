"""A ward hands in billing data: taken whole or refused whole, in the order of its file numbers.

Knows the file and its sequence; what its records do to bills is decided at the cut-off.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, time
from itertools import islice

from services.lgwan_asp.domain.billing_files import BillingFile, BillingFileState, application_day
from services.lgwan_asp.domain.contracts import Contract
from services.lgwan_asp.domain.exceptions import ExceptionCode
from services.lgwan_asp.domain.refusals import (
    BankDaysUnknown,
    BillingFileRefused,
    FileSequenceReused,
    InstitutionNotYours,
)
from services.lgwan_asp.store.billing_rows import Owner, rows_of
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork, UnitOfWork
from services.lgwan_asp.usecases.read_ahead import ahead
from services.lgwan_asp.usecases.upload_slots import UploadSlots
from shared.files.billing import BillingHeader, BillingRecord, read_billing
from shared.files.billing_blocks import BillingCheck, NotSurelySound
from shared.files.problems import FileProblem
from shared.kit.calendar import OutsideCalendar, japanese_banks
from shared.kit.clock import TOKYO, Clock
from shared.kit.ids import new_id
from shared.kit.logs import logger
from shared.kit.money import Yen

PROBLEMS_SHOWN_MAX = 1000
BATCH_RECORDS = 2000


@dataclass(frozen=True, slots=True)
class _Upload:
    """What came in, and for whom."""

    content: bytes
    sha256: str
    contract: Contract
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Checked:
    """An upload without a problem; keys_repeat: whether a key may stand in it twice."""

    header: BillingHeader
    count: int
    total_yen: Yen
    keys_repeat: bool = True


async def upload_billing(
    content: bytes,
    *,
    contract: Contract,
    open_unit_of_work: OpenUnitOfWork,
    clock: Clock,
    slots: UploadSlots,
) -> BillingFile:
    """Take an upload and return its state.

    Steps: read and check it whole, off the event loop, while in one transaction what is checked is
    copied; then, one upload of an institution at a time: the same number again is compared (and
    the copy comes to nothing), else the file is added, and every file that is now in sequence is
    accepted for its cut-off. Only the last part makes another upload of the institution wait.

    Ends as ACCEPTED; as WAITING, with an exception, if a file before it is missing; the same
    bytes again: as it stands now. Refused: BillingFileRefused with its problems,
    InstitutionNotYours, FileSequenceReused, BankDaysUnknown; Overloaded while as many uploads as
    may be are read.
    """
    with slots.taken():
        sha256 = await asyncio.to_thread(lambda: hashlib.sha256(content).hexdigest())
        upload = _Upload(content, sha256, contract, clock)
        try:
            async with open_unit_of_work() as work:
                return await _take_blocks(work, upload)
        except NotSurelySound:
            async with open_unit_of_work() as work:
                return await _take_records(work, upload)


async def _take_blocks(work: UnitOfWork, upload: _Upload) -> BillingFile:
    """Take a file that is surely sound; NotSurelySound wherever there is something to be said."""
    check = await asyncio.to_thread(BillingCheck, upload.content, upload.contract.tamper_key)
    if _is_refused(check.header, upload.contract):
        raise NotSurelySound
    number = (upload.contract.institution_number, check.header.file_sequence)
    known = await work.billing_files.find(*number)
    if known is not None:
        if known.sha256 != upload.sha256:
            raise NotSurelySound
        return known
    owner = Owner(new_id(), upload.contract.municipality)
    rows = (rows_of(owner, block) for block in check.blocks())
    async with aclosing(ahead(rows)) as prepared:
        async for each in prepared:
            await work.billing_files.copy_rows(owner, each)
    repeat = await asyncio.to_thread(check.keys_repeat)
    checked = _Checked(check.header, check.count, check.total_yen, repeat)
    return await _add(work, upload, checked, owner)


async def _take_records(work: UnitOfWork, upload: _Upload) -> BillingFile:
    """Read a file record by record, name its problems or take it."""
    checked = await asyncio.to_thread(_read, upload)
    number = (upload.contract.institution_number, checked.header.file_sequence)
    if known := _same(await work.billing_files.find(*number), upload):
        return known
    owner = Owner(new_id(), upload.contract.municipality)
    items = read_billing(upload.content, upload.contract.tamper_key)
    records = (item for item in items if isinstance(item, BillingRecord))
    batches = iter(lambda: list(islice(records, BATCH_RECORDS)), [])
    async with aclosing(ahead(batches)) as prepared:
        async for each in prepared:
            await work.billing_files.copy_rows(owner, each)
    return await _add(work, upload, checked, owner)


def _same(known: BillingFile | None, upload: _Upload) -> BillingFile | None:
    """Return the file that was taken under this number, None if there is none, or refuse."""
    if known is not None and known.sha256 != upload.sha256:
        raise FileSequenceReused
    return known


async def _add(work: UnitOfWork, upload: _Upload, checked: _Checked, owner: Owner) -> BillingFile:
    """Add a file whose records stand in this transaction, unless its number is taken."""
    contract, now = upload.contract, upload.clock.now()
    number = (contract.institution_number, checked.header.file_sequence)
    last = await work.billing_files.lock_sequence(
        contract.institution_number, municipality=contract.municipality
    )
    if known := _same(await work.billing_files.find(*number), upload):
        return known
    file = _file(upload, checked, owner)
    await work.billing_files.add(file)
    if file.file_sequence > last + 1:
        await work.exceptions.open(
            ExceptionCode.BILLING_FILE_MISSING,
            str(file.id),
            municipality=contract.municipality,
            at=now,
        )
        logger().warning("billing_file_waits", file_id=str(file.id))
    await accept_in_sequence(work, contract, last=last, clock=upload.clock)
    taken = await work.billing_files.find(*number)
    await work.commit()
    return taken or file


async def accept_in_sequence(
    work: UnitOfWork, contract: Contract, *, last: int, clock: Clock
) -> int:
    """Accept every waiting file that follows the last one without a gap; return how many.

    A file is as old as the moment when it came in sequence: its cut-off counts from there.
    """
    accepted = 0
    while file := await work.billing_files.next_waiting(contract.institution_number, last):
        await work.billing_files.accept(file, _apply_on(contract, clock))
        await work.exceptions.resolve(ExceptionCode.BILLING_FILE_MISSING, str(file.id))
        last, accepted = last + 1, accepted + 1
    return accepted


def _apply_on(contract: Contract, clock: Clock) -> date:
    """Return the day at whose cut-off a file accepted now is applied, or refuse."""
    now = clock.now().astimezone(TOKYO)
    at = time(now.hour, now.minute, now.second)
    try:
        return application_day(japanese_banks(), now.date(), at, contract.cutoff)
    except OutsideCalendar as outside:
        raise BankDaysUnknown from outside


def _is_refused(header: BillingHeader, contract: Contract) -> bool:
    """Tell whether a header alone refuses its file."""
    return header.institution_number != contract.institution_number or header.file_sequence < 1


def _read(upload: _Upload) -> _Checked:
    """Read an upload record by record, or refuse it; whose it is comes before what is wrong."""
    header: BillingHeader | None = None
    found: list[FileProblem] = []
    problems = count = total = 0
    for item in read_billing(upload.content, upload.contract.tamper_key):
        if isinstance(item, BillingRecord):
            count, total = count + 1, total + int(item.amount_yen)
        elif isinstance(item, FileProblem):
            problems += 1
            found += [item] if problems <= PROBLEMS_SHOWN_MAX else []
        else:
            header = header or item
    if header is not None and header.institution_number != upload.contract.institution_number:
        raise InstitutionNotYours
    if header is not None and header.file_sequence < 1:
        zero = str(header.file_sequence)
        problem = FileProblem(1, "header", 31, "file_sequence", "sequence_starts_at_1", zero)
        found, problems = [*found[: PROBLEMS_SHOWN_MAX - 1], problem], problems + 1
    if header is None or problems:
        raise _refused(found, problems)
    return _Checked(header, count, Yen(total))


def _refused(found: Sequence[FileProblem], problems: int) -> BillingFileRefused:
    logger().warning("billing_file_refused", problems=problems)
    detail = f"The billing file has {problems} problems; nothing of it was kept."
    return BillingFileRefused(detail, problems=[_shown(problem) for problem in found])


def _shown(problem: FileProblem) -> Mapping[str, object]:
    return {
        "line": problem.line,
        "record": problem.record,
        "position": problem.position,
        "field": problem.field,
        "code": problem.code,
        "value": problem.value,
    }


def _file(upload: _Upload, checked: _Checked, owner: Owner) -> BillingFile:
    return BillingFile(
        id=owner.file_id,
        municipality=owner.municipality,
        institution_number=upload.contract.institution_number,
        file_sequence=checked.header.file_sequence,
        sha256=upload.sha256,
        record_count=checked.count,
        total_yen=checked.total_yen,
        received_at=upload.clock.now(),
        keys_repeat=checked.keys_repeat,
        state=BillingFileState.WAITING,
    )
