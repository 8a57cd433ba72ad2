"""One terminal's day: list, collect, check, hand over, register, erase, acknowledge (BOOKS §2.3).

Each step is committed before the next one begins, so a crash at any line is gone on from.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import PurePath
from uuid import UUID

from services.ward_gateway.clients.temporary_copies import ERASURE_METHOD
from services.ward_gateway.clients.terminals import Terminal
from services.ward_gateway.domain.exceptions import ExceptionCode
from services.ward_gateway.domain.intakes import NEEDS_COPY, Intake, IntakeState
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.check_file import problems_of
from services.ward_gateway.usecases.convert_receipts import ReadReceipts
from services.ward_gateway.usecases.make_delivery import make_delivery
from services.ward_gateway.usecases.read_received_files import Readers
from services.ward_gateway.usecases.register_file import register_file
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.kit.logs import logger
from shared.kit.money import Yen
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.file_collection import FileListed

NOT_ANSWERED = (PeerNotDone, PeerOutcomeUnknown, PeerRefused)


@dataclass(frozen=True)
class Reception:
    """What one terminal's reception needs, and what it counts."""

    terminal: Terminal
    open_unit_of_work: Callable[[], UnitOfWork]
    readers: Readers
    read_centre_receipts: ReadReceipts
    clock: Clock
    municipality: str
    counts: Counter[str] = field(default_factory=Counter)


async def collect_files(reception: Reception) -> dict[str, int]:
    """Collect everything that waits for this ward at one terminal; return counts.

    1. Leftovers of an earlier run are finished. 2. The partner's list is written down as intakes.
    3. Each file goes as far as it can: ACKNOWLEDGED; REFUSED (all its problems kept, an exception,
    never acknowledged); WAITING for a file before it. A partner that does not answer ends the run
    with `unanswered` counted; the next run goes on from there. A repeated run does nothing twice.
    """
    await _erase_orphans(reception)
    try:
        listed = await reception.terminal.list_files()
    except NOT_ANSWERED:
        reception.counts["unanswered"] += 1
    else:
        if listed:
            await _note_listed(reception, listed)
    await _walk_all(reception, _STEPS)
    return {name: count for name, count in reception.counts.items() if count}


async def finish_leftovers(reception: Reception) -> dict[str, int]:
    """At a start: erase orphaned copies, and finish files as far as no partner must be asked."""
    await _erase_orphans(reception)
    await _walk_all(reception, _STEPS_ALONE)
    return {name: count for name, count in reception.counts.items() if count}


Step = Callable[[Reception, Intake], Awaitable[Intake | None]]


async def _walk_all(reception: Reception, steps: dict[IntakeState, Step]) -> None:
    """Take every unfinished intake as far as it goes, in the order of the files' numbers.

    That order lets a waiting file follow in the same run in which the missing one arrived. One
    that fails for a fault of ours is logged, counted and left where it is: it stops no other.
    """
    async with reception.open_unit_of_work() as work:
        unfinished = await work.intakes.unfinished(reception.terminal.name)
    for intake in unfinished:
        current: Intake | None = intake
        try:
            while current is not None and (step := steps.get(current.state)) is not None:
                current = await step(reception, current)
        except NOT_ANSWERED:
            reception.counts["unanswered"] += 1
        except Exception:  # noqa: BLE001 - one file's failure must not keep the others waiting
            logger().exception("intake_failed", intake=str(intake.id))
            reception.counts["failed"] += 1


async def _note_listed(reception: Reception, listed: tuple[FileListed, ...]) -> None:
    """Write down files that are listed for the first time; another town's are left alone."""
    terminal = reception.terminal.name
    own = [file for file in listed if file.municipality == reception.municipality]
    reception.counts["not_ours"] += len(listed) - len(own)
    async with reception.open_unit_of_work() as work:
        known = await work.intakes.known_files(terminal, [file.file_id for file in own])
        rows = [
            {
                "id": new_id(),
                "terminal": terminal,
                "file_id": file.file_id,
                "kind": file.kind,
                "sequence": file.sequence,
                "sha256": file.sha256,
                "size_bytes": file.size_bytes,
                "record_count": file.record_count,
                "total_yen": file.total_yen,
            }
            for file in own
            if file.file_id not in known
        ]
        if not rows:
            return
        await work.intakes.add(rows, reception.clock.now())
        await work.commit()
    reception.counts["listed"] += len(rows)


async def _collect(reception: Reception, intake: Intake) -> Intake | None:
    """LISTED -> COLLECTED: the copy is on the terminal's disk before the row says so."""
    content = await reception.terminal.collect(intake.file_id)
    name = await asyncio.to_thread(reception.terminal.copies.write, str(intake.id), content)
    async with reception.open_unit_of_work() as work:
        moved = await work.intakes.advance(
            intake,
            IntakeState.COLLECTED,
            temporary_copy=name,
            collected_at=reception.clock.now(),
            erased_at=None,
        )
        await work.commit()
    reception.counts["collected"] += 1
    return moved


async def _check(reception: Reception, intake: Intake) -> Intake | None:
    """COLLECTED -> CHECKED, or REFUSED with every problem (DESIGN rule 7)."""
    content = await _copy(reception, intake)
    if content is None:
        return await _collect_again(reception, intake)
    problems = await asyncio.to_thread(problems_of, intake, content, reception.readers)
    if problems:
        return await _refuse(reception, intake, problems)
    async with reception.open_unit_of_work() as work:
        moved = await work.intakes.advance(intake, IntakeState.CHECKED)
        await work.commit()
    return moved


async def _hand_over(reception: Reception, intake: Intake) -> Intake | None:
    """CHECKED or WAITING -> HANDED_OVER if it is this file's turn; who, when and which bytes."""
    async with reception.open_unit_of_work() as work:
        last = await work.sequences.last(intake.kind)
        if intake.sequence > last + 1:
            await _wait(reception, work, intake)
            return None
        repeated = intake.sequence <= last
        if repeated and not await work.intakes.was_registered(
            intake.kind, intake.sequence, intake.sha256
        ):
            problem = "line 0 file file_sequence: file_sequence_reused"
            return await _refuse(reception, intake, (problem,))
        user = reception.terminal.user_id
        moved = await work.intakes.advance(intake, IntakeState.HANDED_OVER, handed_over_by=user)
        details = {"user": user, "sha256": intake.sha256}
        await work.journal.audit("file_handed_over", "intakes", intake.id, details=details)
        await _close_gap(work, intake)
        await work.commit()
    return moved


async def _close_gap(work: UnitOfWork, intake: Intake) -> None:
    """Resolve the exception of a file that waits no more."""
    await work.exceptions.settle(ExceptionCode.FILE_SEQUENCE_GAP, [], among=[str(intake.id)])


async def _wait(reception: Reception, work: UnitOfWork, intake: Intake) -> None:
    """Keep a file whose predecessor is missing, with an exception until that one arrives."""
    if intake.state is IntakeState.WAITING:
        return
    await work.intakes.advance(intake, IntakeState.WAITING)
    detail = f"{intake.kind}: number {intake.sequence} came before the one it follows."
    await work.exceptions.open(
        "file_sequence_gap", "intake", str(intake.id), Yen(intake.total_yen), detail
    )
    await work.commit()
    reception.counts["waiting"] += 1


async def _register(reception: Reception, intake: Intake) -> Intake | None:
    """HANDED_OVER -> REGISTERED: books, intake, and what goes on are one transaction."""
    content = await _copy(reception, intake)
    if content is None:
        return await _collect_again(reception, intake)
    file = await asyncio.to_thread(reception.readers[intake.kind], content)
    async with reception.open_unit_of_work() as work:
        registered_at = reception.clock.now()
        # First the move: whoever comes second is stopped here, before the books are touched.
        moved = await work.intakes.advance(
            intake, IntakeState.REGISTERED, registered_at=registered_at
        )
        counts = await register_file(work, intake, file)
        counts |= await make_delivery(work, intake, content, read=reception.read_centre_receipts)
        await work.commit()
    reception.counts.update(counts)
    reception.counts["registered"] += 1
    return moved


async def _erase(reception: Reception, intake: Intake) -> Intake | None:
    """REGISTERED -> ERASED: the copy is gone before the row says when (特記事項 11-12)."""
    erased_at = reception.clock.now()
    name = await _unlink(reception, intake)
    async with reception.open_unit_of_work() as work:
        moved = await work.intakes.advance(
            intake, IntakeState.ERASED, temporary_copy=None, erased_at=erased_at
        )
        await _note_erasure(reception, work, intake.id, name, intake.sha256)
        await work.commit()
    reception.counts["erased"] += 1
    return moved


async def _erase_refused(reception: Reception, intake: Intake) -> Intake | None:
    """Erase a refused file's copy; the intake stays REFUSED and is never acknowledged."""
    if intake.copy_to_erase:
        name = await _unlink(reception, intake)
        async with reception.open_unit_of_work() as work:
            await work.intakes.copy_erased(intake, reception.clock.now())
            await _note_erasure(reception, work, intake.id, name, intake.sha256)
            await work.commit()
        reception.counts["erased"] += 1
    return None


async def _acknowledge(reception: Reception, intake: Intake) -> Intake | None:
    """ERASED -> ACKNOWLEDGED; a lost answer is asked again with the same words by the next run."""
    await reception.terminal.acknowledge(intake.file_id, intake.sha256)
    async with reception.open_unit_of_work() as work:
        moved = await work.intakes.advance(intake, IntakeState.ACKNOWLEDGED)
        await work.commit()
    reception.counts["acknowledged"] += 1
    return moved


async def _refuse(reception: Reception, intake: Intake, problems: tuple[str, ...]) -> Intake | None:
    detail = f"{intake.kind} number {intake.sequence} was refused: {len(problems)} problems."
    async with reception.open_unit_of_work() as work:
        moved = await work.intakes.advance(intake, IntakeState.REFUSED, problems=problems)
        await _close_gap(work, intake)
        await work.exceptions.open(
            "file_refused", "intake", str(intake.id), Yen(intake.total_yen), detail
        )
        await work.commit()
    reception.counts["refused"] += 1
    return moved


async def _copy(reception: Reception, intake: Intake) -> bytes | None:
    if intake.temporary_copy is None:
        return None
    return await asyncio.to_thread(reception.terminal.copies.read, intake.temporary_copy)


async def _collect_again(reception: Reception, intake: Intake) -> Intake | None:
    """Go back to LISTED: the copy is gone, and the partner still has the file."""
    async with reception.open_unit_of_work() as work:
        moved = await work.intakes.advance(intake, IntakeState.LISTED, temporary_copy=None)
        await work.commit()
    return moved


async def _unlink(reception: Reception, intake: Intake) -> str:
    name = intake.temporary_copy or str(intake.id)
    await asyncio.to_thread(reception.terminal.copies.erase, name)
    return name


async def _erase_orphans(reception: Reception) -> None:
    """Erase every copy that no unfinished intake needs, each with its row."""
    copies, terminal = reception.terminal.copies, reception.terminal.name
    names = await asyncio.to_thread(copies.names)
    for name in names:
        async with reception.open_unit_of_work() as work:
            intake = await _owner(work, name)
            if intake and (intake.state in NEEDS_COPY or intake.copy_to_erase):
                continue
            content = await asyncio.to_thread(copies.read, name)
            await asyncio.to_thread(copies.erase, name)
            sha256 = hashlib.sha256(content or b"").hexdigest()
            await _note_erasure(reception, work, intake.id if intake else None, name, sha256)
            await work.commit()
        reception.counts[f"orphans_erased_{terminal}"] += 1


async def _owner(work: UnitOfWork, name: str) -> Intake | None:
    try:
        intake_id = UUID(PurePath(name).stem)
    except ValueError:
        return None
    return await work.intakes.find(intake_id)


async def _note_erasure(
    reception: Reception, work: UnitOfWork, intake_id: UUID | None, name: str, sha256: str
) -> None:
    await work.erasures.add(
        intake_id=intake_id,
        terminal=reception.terminal.name,
        file_name=name,
        sha256=sha256,
        method=ERASURE_METHOD,
        business_at=reception.clock.now(),
    )


_STEPS_ALONE: dict[IntakeState, Step] = {
    IntakeState.COLLECTED: _check,
    IntakeState.CHECKED: _hand_over,
    IntakeState.WAITING: _hand_over,
    IntakeState.HANDED_OVER: _register,
    IntakeState.REGISTERED: _erase,
    IntakeState.REFUSED: _erase_refused,
}
_STEPS: dict[IntakeState, Step] = {
    **_STEPS_ALONE,
    IntakeState.LISTED: _collect,
    IntakeState.ERASED: _acknowledge,
}
