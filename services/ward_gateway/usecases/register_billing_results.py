"""The centre's answers to billing records, one by one: every order ends as the centre says.

Whatever answers nothing that we asked, or refuses it, becomes an exception for a clerk.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from services.ward_gateway.domain.billing_orders import (
    OrderKind,
    OrderOutcome,
    RecordAnswer,
    SentOrder,
    outcome_of,
)
from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from services.ward_gateway.domain.intakes import Intake
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.accept_upload import accept_upload
from shared.kit.clock import tokyo_date
from shared.kit.money import ZERO_YEN

KEY_UNKNOWN = "E120"


class _End(NamedTuple):
    """How orders ended alike."""

    outcome: OrderOutcome
    error_code: str
    processed_at: datetime


Ended = list[tuple[SentOrder, _End]]


async def register_billing_results(
    work: UnitOfWork, intake: Intake, answers: Sequence[RecordAnswer]
) -> dict[str, int]:
    """Register a result file's answers inside the caller's transaction; return counts.

    1. By file number and record number the orders are found; an answer to nothing of ours is told
    (billing_result_unmatched), an order that was answered before is left alone. 2. A result proves
    that the centre took the file: it is ACCEPTED, its slips SENT, if its own answer never came.
    3. Each order ends (outcome_of) and its slip moves. 4. A refusal opens slip_refused (adds) or
    billing_record_refused; the next record that is taken resolves it.
    """
    by_file: defaultdict[int, list[RecordAnswer]] = defaultdict(list)
    for answer in answers:
        by_file[answer.file_sequence].append(answer)
    ended: Ended = []
    unmatched = 0
    for file_sequence in sorted(by_file):
        found, strange = await _match(work, file_sequence, by_file[file_sequence])
        ended += found
        unmatched += strange
    if unmatched:
        await _tell_unmatched(work, intake, unmatched)
    await _answer(work, ended)
    counts = await _move_slips(work, ended)
    await _tell_refusals(work, ended)
    return {name: count for name, count in counts.items() if count}


async def _match(
    work: UnitOfWork, file_sequence: int, answers: Sequence[RecordAnswer]
) -> tuple[Ended, int]:
    """Return the orders that a file's answers end, and how many answers mean nothing of ours.

    A file that never left cannot have been answered, whatever stands under its number.
    """
    upload = await work.billing_uploads.lock_number(file_sequence)
    if upload is None or not upload.may_have_arrived:
        return [], len(answers)
    orders = await work.billing_orders.of_upload(upload.id)
    ended, unmatched = [], 0
    for answer in answers:
        order = orders.get(answer.record_seq)
        if order is None or not _answers(answer, order):
            unmatched += 1
        elif order.outcome is None:
            outcome = outcome_of(order.kind, answer.error_code, told_before=order.told_before)
            ended.append((order, _End(outcome, answer.error_code, answer.processed_at)))
    if ended:
        await accept_upload(work, upload)
    return ended, unmatched


def _answers(answer: RecordAnswer, order: SentOrder) -> bool:
    return (answer.kind, answer.payment_number) == (order.kind, order.payment_number)


async def _answer(work: UnitOfWork, ended: Ended) -> None:
    alike: defaultdict[_End, list[int]] = defaultdict(list)
    for order, end in ended:
        alike[end].append(order.id)
    for end, ids in alike.items():
        await work.billing_orders.answer(ids, end.outcome, end.error_code, end.processed_at)


async def _move_slips(work: UnitOfWork, ended: Ended) -> Counter[str]:
    """Let each slip's state be what the centre says of its key."""
    held = _slips(ended, OrderOutcome.HELD)
    refused = _slips(ended, OrderOutcome.REFUSED, OrderKind.ADD)
    # A change of a key that the centre does not know is a refusal, and it tells what it holds.
    unknown = [o.slip_id for o, end in ended if _was_unknown(o, end)]
    counts = Counter(
        slips_held=await work.slips.held(held),
        slips_refused=await work.slips.refused(refused),
        slips_closed=await work.slips.closed([*_slips(ended, OrderOutcome.CLOSED), *unknown]),
        keys_paid_at_centre=len(_slips(ended, OrderOutcome.PAID)),
        asked_again=len(_slips(ended, OrderOutcome.ASK_AGAIN)),
    )
    for processed_on in {tokyo_date(end.processed_at) for _, end in ended}:
        slips = [
            order.slip_id
            for order, end in ended
            if end.outcome is OrderOutcome.HELD and tokyo_date(end.processed_at) == processed_on
        ]
        await work.billing_orders.effective_from(slips, processed_on + timedelta(days=1))
    return counts


def _slips(ended: Ended, outcome: OrderOutcome, kind: OrderKind | None = None) -> list[UUID]:
    return [
        order.slip_id
        for order, end in ended
        if end.outcome is outcome and kind in {None, order.kind}
    ]


def _was_unknown(order: SentOrder, end: _End) -> bool:
    return order.kind is OrderKind.CHANGE and end.error_code == KEY_UNKNOWN


async def _tell_unmatched(work: UnitOfWork, intake: Intake, count: int) -> None:
    detail = f"{count} answers of the centre's result {intake.sequence} mean no record of ours."
    code = ExceptionCode.BILLING_RESULT_UNMATCHED
    await work.exceptions.open(code, "intake", intake.id, ZERO_YEN, detail)


async def _tell_refusals(work: UnitOfWork, ended: Ended) -> None:
    refused = [(order, end) for order, end in ended if end.outcome is OrderOutcome.REFUSED]
    mended = [str(slip_id) for slip_id in _taken(ended)]
    if mended:
        for code in (ExceptionCode.SLIP_REFUSED, ExceptionCode.BILLING_RECORD_REFUSED):
            await work.exceptions.settle(code, [], among=mended)
    await work.exceptions.open_many(_finding(order, end) for order, end in refused)


def _taken(ended: Ended) -> Iterable[UUID]:
    return (order.slip_id for order, end in ended if end.outcome is not OrderOutcome.REFUSED)


def _finding(order: SentOrder, end: _End) -> Finding:
    if order.kind is OrderKind.ADD:
        detail = f"The centre refused this slip's Pay-easy key: {end.error_code}."
        return Finding(ExceptionCode.SLIP_REFUSED, "slip", str(order.slip_id), ZERO_YEN, detail)
    what = order.kind.name.lower()
    detail = f"The centre refused the {what} of this slip's Pay-easy key: {end.error_code}."
    return Finding(
        ExceptionCode.BILLING_RECORD_REFUSED, "slip", str(order.slip_id), ZERO_YEN, detail
    )
