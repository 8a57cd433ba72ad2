"""Orders go to the centre as billing data: record – call – record (DESIGN rules 1 and 3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from services.ward_gateway.clients.lgwan_asp import LgwanTerminal
from services.ward_gateway.domain.billing_uploads import BillingUpload, UploadState
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.accept_upload import accept_upload
from services.ward_gateway.usecases.build_billing_file import Building, build_billing_file
from shared.kit.journal import ConcurrentUpdate
from shared.kit.money import Yen
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.billing_uploads import BillingFileState

# How often one run asks and sends before it leaves a file to the next run.
TRIES = 3


@dataclass(frozen=True)
class Uploading:
    """What an upload needs, and what it counts."""

    terminal: LgwanTerminal
    building: Building
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def open_unit_of_work(self) -> Callable[[], UnitOfWork]:
        """Return how a transaction is opened."""
        return self.building.open_unit_of_work


async def upload_billing(uploading: Uploading) -> dict[str, int]:
    """Send every order that the centre has not been sent; return counts.

    1. Files without an answer first, in their order. 2. A new file is BUILT with the next number
    and committed. 3. SENT is committed, then the file is sent with no transaction open. 4. Accepted
    -> ACCEPTED, the slips of its adds SENT. Refused -> REFUSED, an exception; its orders wait for a
    person, and its number is used again. Not done -> BUILT. Silence -> the centre is asked for that
    number: it holds these bytes -> ACCEPTED; it never saw them -> BUILT, sent again; silence again
    -> stays SENT, the next run asks. The same bytes under the same number do nothing twice. A file
    whose result came in meanwhile has been accepted by that, and stays so.
    """
    if not await _send_unanswered(uploading):
        return dict(uploading.counts)
    while await build_billing_file(uploading.building):
        uploading.counts["files_built"] += 1
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


async def _send(uploading: Uploading, upload: BillingUpload) -> BillingUpload:
    """Commit SENT, send, and write down what became of it."""
    sent = await _advance(uploading, upload, UploadState.SENT)
    if sent.state is not UploadState.SENT:
        return sent
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
    institution_number = uploading.building.contract.institution_number
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
    detail = f"The centre refused billing file {sent.file_sequence}: {code}."
    try:
        async with uploading.open_unit_of_work() as work:
            version = await work.billing_uploads.advance(sent, UploadState.REFUSED)
            await work.exceptions.open(
                "billing_file_refused", "billing_upload", sent.id, Yen(sent.total_yen), detail
            )
            await work.commit()
    except ConcurrentUpdate:
        return await _as_it_stands(uploading, sent)
    uploading.counts["files_refused"] += 1
    return replace(sent, state=UploadState.REFUSED, version=version)


async def _advance(
    uploading: Uploading, upload: BillingUpload, target: UploadState
) -> BillingUpload:
    try:
        async with uploading.open_unit_of_work() as work:
            version = await work.billing_uploads.advance(upload, target)
            await work.commit()
    except ConcurrentUpdate:
        return await _as_it_stands(uploading, upload)
    return replace(upload, state=target, version=version)


async def _as_it_stands(uploading: Uploading, upload: BillingUpload) -> BillingUpload:
    """Read a file again: its result came in first and proved that the centre had taken it."""
    async with uploading.open_unit_of_work() as work:
        return await work.billing_uploads.find(upload.id)
