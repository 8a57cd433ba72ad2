"""Receipts (収納): their life cycle, and what a file's notices do to those we hold (DOMAIN §3.4).

Pure: what is held and what came in, in the file's order -> what is to be written. Knows no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from shared.kit.money import Yen
from shared.kit.states import StateMachine


class ReceiptState(StrEnum):
    """PRELIMINARY 速報, CONFIRMED 確報, FUNDED 入金確認済, CANCELLED 速報取消."""

    PRELIMINARY = "PRELIMINARY"
    CONFIRMED = "CONFIRMED"
    FUNDED = "FUNDED"
    CANCELLED = "CANCELLED"


RECEIPT_MACHINE = StateMachine(
    ReceiptState.PRELIMINARY,
    {
        (ReceiptState.PRELIMINARY, ReceiptState.CONFIRMED): "receipt_confirmed",
        (ReceiptState.PRELIMINARY, ReceiptState.CANCELLED): "preliminary_cancelled",
        (ReceiptState.CONFIRMED, ReceiptState.FUNDED): "receipt_funded",
    },
    {
        ReceiptState.PRELIMINARY: "reconcile",
        ReceiptState.CONFIRMED: "reconcile",
    },
)
PRELIMINARY_RECEIVED = "preliminary_received"
CONFIRMED_RECEIVED = "confirmed_without_preliminary"
LIVE_STATES = (ReceiptState.PRELIMINARY, ReceiptState.CONFIRMED, ReceiptState.FUNDED)


class Notice(StrEnum):
    """データ種別: 01 速報, 02 確報, 03 速報取消."""

    PRELIMINARY = "01"
    CONFIRMED = "02"
    CANCELLED = "03"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One data record of a receipts file; identity as DOMAIN §3.4 makes it.

    medium: 使用媒体 of a Pay-easy receipt (DOMAIN §2.8), "" on channels that have none.
    """

    notice: Notice
    identity: str
    channel: str
    key: str
    amount_yen: Yen
    paid_at: datetime
    shop_code: str
    bank_code: str
    branch_code: str
    transfer_date: date | None
    line: int
    medium: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What we know already of one identity; medium "" where it has none, or it was not noted."""

    id: UUID
    state: ReceiptState
    amount_yen: Yen
    transfer_date: date | None
    had_preliminary: bool
    medium: str = ""


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """A receipt that this file brings."""

    id: UUID
    state: ReceiptState
    incoming: Incoming
    had_preliminary: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a clerk must look at; receipt_id is None where no receipt of ours is meant."""

    code: str
    receipt_id: UUID | None
    line: int
    amount_yen: Yen


@dataclass
class Registration:
    """What is to be written, set by set; ids of receipts, in the file's order."""

    added: list[NewReceipt] = field(default_factory=list)
    confirmed: dict[UUID, date | None] = field(default_factory=dict)
    cancelled: list[UUID] = field(default_factory=list)
    preliminary_followed: list[UUID] = field(default_factory=list)
    media: dict[UUID, str] = field(default_factory=dict)
    duplicates: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def touched(self) -> set[UUID]:
        """Return every receipt whose yen or phase changes."""
        return {new.id for new in self.added} | set(self.confirmed) | set(self.cancelled)


def identity_of(channel: str, key: str, paid_on: date, paid_at_hhmm: str, number: str) -> str:
    """Return (channel, key, 収納日, 収納時分, shop or receipt number) as one text (DOMAIN §3.4)."""
    day = paid_on.isoformat().replace("-", "")
    return f"{channel}/{key}/{day}/{paid_at_hhmm}/{number}"


def register(
    held: Mapping[str, Held], incoming: Iterable[Incoming], new_ids: Iterable[UUID]
) -> Registration:
    """Fold a file's records over the receipts we hold; nothing is ever dropped in silence.

    A 01 or 02 also tells the medium of a receipt whose medium was not noted.
    01: new -> PRELIMINARY, known -> duplicate. 02: PRELIMINARY -> CONFIRMED, unknown -> CONFIRMED
    without 速報 (an exception). 03: equal to an unconfirmed 01 -> CANCELLED (an exception for a
    clerk), any other -> an exception that changes nothing.
    """
    books, plan, ids = dict(held), Registration(), iter(new_ids)
    for record in incoming:
        known = _with_medium(plan, record, books.get(record.identity))
        if record.notice is Notice.CANCELLED:
            books.update(_cancel(plan, record, known))
        elif known is None:
            books[record.identity] = _add(plan, record, next(ids))
        elif known.amount_yen != record.amount_yen:
            plan.findings.append(_finding("receipt_amount_differs", record, known.id))
        elif record.notice is Notice.CONFIRMED:
            books[record.identity] = _confirm(plan, record, known)
        else:
            books[record.identity] = _repeat_preliminary(plan, known)
    return plan


def _with_medium(plan: Registration, record: Incoming, known: Held | None) -> Held | None:
    if known is None or known.medium or not record.medium or record.notice is Notice.CANCELLED:
        return known
    plan.media[known.id] = record.medium
    return replace(known, medium=record.medium)


def _finding(code: str, record: Incoming, receipt_id: UUID | None) -> Finding:
    return Finding(code, receipt_id, record.line, record.amount_yen)


def _add(plan: Registration, record: Incoming, receipt_id: UUID) -> Held:
    first = record.notice is Notice.PRELIMINARY
    state = ReceiptState.PRELIMINARY if first else ReceiptState.CONFIRMED
    plan.added.append(NewReceipt(receipt_id, state, record, had_preliminary=first))
    if not first:
        plan.findings.append(_finding("confirmed_without_preliminary", record, receipt_id))
    transfer_date = None if first else record.transfer_date
    return Held(receipt_id, state, record.amount_yen, transfer_date, first, record.medium)


def _confirm(plan: Registration, record: Incoming, known: Held) -> Held:
    if known.state is ReceiptState.PRELIMINARY:
        plan.confirmed[known.id] = record.transfer_date
        return replace(known, state=ReceiptState.CONFIRMED, transfer_date=record.transfer_date)
    if known.state is ReceiptState.CANCELLED:
        plan.findings.append(_finding("confirmed_after_cancelled", record, known.id))
    elif known.transfer_date != record.transfer_date:
        plan.findings.append(_finding("transfer_date_differs", record, known.id))
    else:
        plan.duplicates += 1
    return known


def _repeat_preliminary(plan: Registration, known: Held) -> Held:
    """Count a 01 that came before, or note the late 01 of a receipt that was confirmed first.

    The books must not show in which order the two came (DESIGN rule 10).
    """
    if known.had_preliminary:
        plan.duplicates += 1
        return known
    plan.preliminary_followed.append(known.id)
    return replace(known, had_preliminary=True)


def _cancel(plan: Registration, record: Incoming, known: Held | None) -> dict[str, Held]:
    if known is None or known.amount_yen != record.amount_yen:
        meant = None if known is None else known.id
        plan.findings.append(_finding("cancellation_unmatched", record, meant))
        return {}
    if known.state is ReceiptState.CANCELLED:
        plan.duplicates += 1
        return {}
    if known.state is not ReceiptState.PRELIMINARY:
        plan.findings.append(_finding("cancellation_unmatched", record, known.id))
        return {}
    plan.cancelled.append(known.id)
    plan.findings.append(_finding("preliminary_cancelled", record, known.id))
    return {record.identity: replace(known, state=ReceiptState.CANCELLED)}
