"""Issued slips go to the centre as billing data: record – call – record (DESIGN rules 1 and 3)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.ward_gateway.clients.lgwan_asp import LgwanTerminal
from services.ward_gateway.domain.billing_uploads import BillingUpload, UploadState
from services.ward_gateway.domain.contracts import WardContract
from services.ward_gateway.domain.slips import Slip, bill_of_slip
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.build_billing_record import BillingTerms, build_billing_record
from shared.files.billing import BillingHeader, BillingRecord
from shared.kit.clock import Clock, tokyo_date
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.billing_uploads import BillingFileState

WriteBilling = Callable[[BillingHeader, Iterable[BillingRecord]], bytes]
RECORDS_PER_FILE = 100_000
# How often one run asks and sends before it leaves a file to the next run.
TRIES = 3


@dataclass(frozen=True)
class Uploading:
    """What an upload needs, and what it counts."""

    terminal: LgwanTerminal
    open_unit_of_work: Callable[[], UnitOfWork]
    contract: WardContract
    write_billing: WriteBilling
    clock: Clock
    records_per_file: int = RECORDS_PER_FILE
    counts: Counter[str] = field(default_factory=Counter)


async def upload_billing(uploading: Uploading) -> dict[str, int]:
    """Send every issued slip that the centre has not been sent; return counts.

    1. Files without an answer first, in their order. 2. A new file is BUILT with the next number
    and committed. 3. SENT is committed, then the file is sent with no transaction open. 4. Accepted
    -> ACCEPTED, its slips SENT. Refused -> REFUSED, an exception; its slips wait for a person, and
    its number is used again. Not done -> BUILT. Silence -> the centre is asked for that
    number: it holds these bytes -> ACCEPTED; it never saw them -> BUILT, sent again; silence again
    -> stays SENT, the next run asks. The same bytes under the same number do nothing twice.
    """
    if not await _send_unanswered(uploading):
        return dict(uploading.counts)
    while await _build(uploading):
        if not await _send_unanswered(uploading):
            break
    return dict(uploading.counts)


async def _send_unanswered(uploading: Uploading) -> bool:
    """Go on with each file that has no answer; return False if one stays without."""
    async with uploading.open_unit_of_work() as work:
        waiting = await work.billing_uploads.unanswered()
    for upload in waiting:
        current = upload
        for _ in range(TRIES):
            if current.state is UploadState.SENT:
                current = await _ask(uploading, current)
            if current.state is UploadState.BUILT:
                current = await _send(uploading, current)
        if current.state is not UploadState.ACCEPTED:
            return False
    return True


async def _build(uploading: Uploading) -> bool:
    """Put issued slips into a new file and commit it; return False if there were none."""
    upload_id, now = new_id(), uploading.clock.now()
    async with uploading.open_unit_of_work() as work:
        if not await work.slips.any_unsent():
            return False
        await work.assessments.lock()
        sequence = await work.billing_uploads.next_sequence()
        await work.billing_uploads.reserve(upload_id, sequence, now)
        slips = await work.slips.take_unsent(upload_id, uploading.records_per_file)
        if not slips:
            return False
        details = await work.assessments.slip_details([slip.assessment_id for slip in slips])
        content = uploading.write_billing(
            _terms(uploading, sequence).header, _records(slips, details)
        )
        total_yen = sum(int(slip.amount_yen) for slip in slips)
        sha256 = hashlib.sha256(content).hexdigest()
        await work.billing_uploads.fill(upload_id, content, sha256, len(slips), total_yen)
        await work.commit()
    uploading.counts["files_built"] += 1
    return True


def _terms(uploading: Uploading, sequence: int) -> BillingTerms:
    now = uploading.clock.now()
    return BillingTerms(
        institution_number=uploading.contract.institution_number,
        category=uploading.contract.category,
        institution_name_kana=uploading.contract.name_kana,
        file_sequence=sequence,
        made_at=now,
        effective_from=tokyo_date(now),
    )


def _records(
    slips: Sequence[Slip], details: Mapping[UUID, tuple[int, str, str]]
) -> list[BillingRecord]:
    return [
        build_billing_record(
            bill_of_slip(slip, *details[slip.assessment_id]),
            record_seq=record_seq,
            institution_number=slip.institution_number,
            category=slip.category,
            payment_number=slip.payment_number,
            confirmation_number=slip.confirmation_number,
            effective_from=slip.effective_from,
        )
        for record_seq, slip in enumerate(slips, start=1)
    ]


async def _send(uploading: Uploading, upload: BillingUpload) -> BillingUpload:
    """Commit SENT, send, and write down what became of it."""
    sent = await _advance(uploading, upload, UploadState.SENT)
    try:
        state = await uploading.terminal.upload_billing(sent.content)
    except PeerNotDone:
        uploading.counts["unanswered"] += 1
        return await _advance(uploading, sent, UploadState.BUILT)
    except PeerRefused as refusal:
        return await _refused(uploading, sent, refusal.code)
    except PeerOutcomeUnknown:
        return await _ask(uploading, sent)
    return await _answered(uploading, sent, state)


async def _ask(uploading: Uploading, sent: BillingUpload) -> BillingUpload:
    """Ask what became of a file whose answer was lost; never guess."""
    institution_number = uploading.contract.institution_number
    try:
        state = await uploading.terminal.read_billing_file(institution_number, sent.file_sequence)
    except PeerRefused as refusal:
        if refusal.code == "file_not_found":
            return await _advance(uploading, sent, UploadState.BUILT)
        return await _refused(uploading, sent, refusal.code)
    except (PeerNotDone, PeerOutcomeUnknown):
        uploading.counts["unanswered"] += 1
        return sent
    return await _answered(uploading, sent, state)


async def _answered(
    uploading: Uploading, sent: BillingUpload, state: BillingFileState
) -> BillingUpload:
    """Take the centre's word for a file only if it speaks of these bytes."""
    if (state.file_sequence, state.sha256) != (sent.file_sequence, sent.sha256):
        return await _refused(uploading, sent, "file_sequence_reused")
    async with uploading.open_unit_of_work() as work:
        version = await work.billing_uploads.advance(sent, UploadState.ACCEPTED)
        moved = await work.slips.sent(sent.id)
        await work.commit()
    uploading.counts["files_accepted"] += 1
    uploading.counts["slips_sent"] += moved
    return replace(sent, state=UploadState.ACCEPTED, version=version)


async def _refused(uploading: Uploading, sent: BillingUpload, code: str) -> BillingUpload:
    detail = f"The centre refused billing file {sent.file_sequence}: {code}."
    async with uploading.open_unit_of_work() as work:
        version = await work.billing_uploads.advance(sent, UploadState.REFUSED)
        await work.exceptions.open(
            "billing_file_refused", "billing_upload", sent.id, Yen(sent.total_yen), detail
        )
        await work.commit()
    uploading.counts["files_refused"] += 1
    return replace(sent, state=UploadState.REFUSED, version=version)


async def _advance(
    uploading: Uploading, upload: BillingUpload, target: UploadState
) -> BillingUpload:
    async with uploading.open_unit_of_work() as work:
        version = await work.billing_uploads.advance(upload, target)
        await work.commit()
    return replace(upload, state=target, version=version)
