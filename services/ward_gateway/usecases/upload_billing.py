"""Released files go to the centre: record – call – record (DESIGN rules 1 and 3)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.ward_gateway.clients.lgwan_asp import LgwanTerminal
from services.ward_gateway.domain.billing_uploads import (
    RELEASE_BY,
    BillingUpload,
    Upload,
    UploadState,
    release_due_on,
)
from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.accept_upload import accept_upload
from services.ward_gateway.usecases.withdraw_upload import take_back
from shared.kit.calendar import japanese_banks
from shared.kit.clock import TOKYO, tokyo_time
from shared.kit.journal import ConcurrentUpdate
from shared.kit.money import Yen
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.billing_uploads import BillingFileState

# How often one run asks and sends before it leaves a file to the next run.
TRIES = 3
STILL_TO_GO = (UploadState.RELEASED, UploadState.SENT)


class ReleasedBytesDiffer(Exception):  # noqa: N818 - named as a fact
    """The stored bytes are not those that were released: somebody changed them under our hands."""


@dataclass(frozen=True)
class Uploading:
    """What an upload needs, and what it counts."""

    terminal: LgwanTerminal
    open_unit_of_work: Callable[[], UnitOfWork]
    institution_number: str
    counts: Counter[str] = field(default_factory=Counter)


async def upload_billing(uploading: Uploading) -> dict[str, int]:
    """Send every file that a second person has released; return counts.

    1. Files that should have been released by now are told (upload_waits_for_release). 2. In the
    order of their numbers, up to the first that is not released: a later one would wait at the
    centre. 3. SENT is committed, then the file is sent with no transaction open. 4. Accepted ->
    ACCEPTED, the slips of its adds SENT. Refused -> REFUSED, an exception; its orders wait for a
    person, its number is used again, and files with later numbers are withdrawn. Not done ->
    RELEASED, as it was: no second release. Silence -> the centre is asked for that number: it holds
    these bytes -> ACCEPTED; it never saw them -> RELEASED, sent again; silence again -> stays SENT,
    the next run asks. The same bytes under the same number do nothing twice. A file whose result
    came in meanwhile has been accepted by that, and stays so.
    """
    await _tell_unreleased(uploading)
    while (upload := await _first_open(uploading)) and upload.state in STILL_TO_GO:
        if (await _go_on(uploading, upload)).state in STILL_TO_GO:
            break
    return dict(uploading.counts)


async def _first_open(uploading: Uploading) -> BillingUpload | None:
    async with uploading.open_unit_of_work() as work:
        return await work.billing_uploads.first_open()


async def _tell_unreleased(uploading: Uploading) -> None:
    """Let the exceptions about files that wait too long for a person be exactly those."""
    async with uploading.open_unit_of_work() as work:
        now = work.clock.now()
        unreleased = await work.billing_uploads.unreleased()
        late = [_waits_for_release(one) for one in unreleased if _release_due(one) <= now]
        opened = await work.exceptions.settle(ExceptionCode.UPLOAD_WAITS_FOR_RELEASE, late)
        await work.commit()
    if late:
        uploading.counts["waiting_for_release"] += opened


def _release_due(upload: Upload) -> datetime:
    built = upload.built_at.astimezone(TOKYO)
    day = release_due_on(built.date(), built.time(), japanese_banks())
    return tokyo_time(day, RELEASE_BY.hour, RELEASE_BY.minute)


def _waits_for_release(upload: Upload) -> Finding:
    detail = f"Billing file {upload.file_sequence} waits for a second person's release."
    code, amount_yen = ExceptionCode.UPLOAD_WAITS_FOR_RELEASE, Yen(upload.total_yen)
    return Finding(code, "billing_upload", str(upload.id), amount_yen, detail)


async def _go_on(uploading: Uploading, upload: BillingUpload) -> BillingUpload:
    """Ask and send until a file is answered, or the tries are used up."""
    current = upload
    for _ in range(TRIES):
        if current.state is UploadState.SENT:
            current = await _ask(uploading, current)
        if current.state is UploadState.RELEASED:
            current = await _send(uploading, current)
    return current


async def _send(uploading: Uploading, upload: BillingUpload) -> BillingUpload:
    """Commit SENT, send, and write down what became of it."""
    if hashlib.sha256(upload.content).hexdigest() != upload.released_sha256:
        message = f"billing file {upload.file_sequence}"
        raise ReleasedBytesDiffer(message)
    sent = await _advance(uploading, upload, UploadState.SENT)
    if sent.state is not UploadState.SENT:
        return sent
    try:
        state = await uploading.terminal.upload_billing(sent.content)
    except PeerNotDone:
        uploading.counts["unanswered"] += 1
        return await _advance(uploading, sent, UploadState.RELEASED)
    except PeerRefused as refusal:
        return await _refused(uploading, sent, refusal.code)
    except PeerOutcomeUnknown:
        return await _ask(uploading, sent)
    return await _answered(uploading, sent, state)


async def _ask(uploading: Uploading, sent: BillingUpload) -> BillingUpload:
    """Ask what became of a file whose answer was lost; never guess."""
    try:
        state = await uploading.terminal.read_billing_file(
            uploading.institution_number, sent.file_sequence
        )
    except PeerRefused as refusal:
        if refusal.code == "file_not_found":
            return await _advance(uploading, sent, UploadState.RELEASED)
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
    try:
        async with uploading.open_unit_of_work() as work:
            accepted, moved = await accept_upload(work, sent)
            await work.commit()
    except ConcurrentUpdate:
        return await _as_it_stands(uploading, sent)
    uploading.counts["files_accepted"] += 1
    uploading.counts["slips_sent"] += moved
    return accepted


async def _refused(uploading: Uploading, sent: BillingUpload, code: str) -> BillingUpload:
    """Write a refusal down; what was built after the file bears numbers that would leave a gap."""
    detail = f"The centre refused billing file {sent.file_sequence}: {code}."
    try:
        async with uploading.open_unit_of_work() as work:
            await work.assessments.lock()
            version = await work.billing_uploads.advance(sent, UploadState.REFUSED)
            later = await work.billing_uploads.open_after(sent.file_sequence)
            for each in later:
                await take_back(work, each)
            await work.exceptions.open(
                "billing_file_refused", "billing_upload", sent.id, Yen(sent.total_yen), detail
            )
            await work.commit()
    except ConcurrentUpdate:
        return await _as_it_stands(uploading, sent)
    uploading.counts["files_refused"] += 1
    uploading.counts["files_withdrawn"] += len(later)
    return replace(sent, state=UploadState.REFUSED, version=version)


async def _advance(
    uploading: Uploading, upload: BillingUpload, target: UploadState
) -> BillingUpload:
    try:
        async with uploading.open_unit_of_work() as work:
            sent_at = upload.sent_at or work.clock.now()
            version = await work.billing_uploads.advance(upload, target, sent_at=sent_at)
            await work.commit()
    except ConcurrentUpdate:
        return await _as_it_stands(uploading, upload)
    return replace(upload, state=target, version=version, sent_at=sent_at)


async def _as_it_stands(uploading: Uploading, upload: BillingUpload) -> BillingUpload:
    """Read a file again: its result came in first, or a clerk has withdrawn it."""
    async with uploading.open_unit_of_work() as work:
        return await work.billing_uploads.find(upload.id)
