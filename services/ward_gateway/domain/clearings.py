"""消込: which receipt pays which assessment, computed whole from all that is known.

Knows nothing of the order in which receipts arrived, of deposits, or of what was stored before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from services.ward_gateway.domain.receipts import ReceiptState
from shared.keys.channels import Channel
from shared.kit.money import Yen

TOKYO = ZoneInfo("Asia/Tokyo")
# BOOKS §1.11: the earlier minute pays; a tie goes to the channel named first here, then identity.
CHANNEL_RANKS: Mapping[str, int] = {channel.value: rank for rank, channel in enumerate(Channel)}


@dataclass(frozen=True, slots=True)
class Claim:
    """調定 as clearing sees it: one instalment, its yen, and the four items that sum up to them."""

    id: UUID
    notice_number: str
    fiscal_year: int
    instalment: int
    due_date: date
    amount_yen: Yen
    support_yen: Yen
    care_yen: Yen
    child_yen: Yen


@dataclass(frozen=True, slots=True)
class SlipItem:
    """How much of an assessment a slip pays."""

    assessment_id: UUID
    amount_yen: Yen


class Told(NamedTuple):
    """What 丙 reported about a card receipt: its commission, the 指定日, and when it paid."""

    commission_number: str
    authorised_on: date
    designated_date: date
    remitted_on: date | None = None


@dataclass(frozen=True, slots=True)
class LiveReceipt:
    """収納 that was not cancelled. funded_yen: how much of it a deposit has brought.

    told: None where no report names it. hold: why it clears nothing for now, "" if it does.
    late_income_on: the day on which the money of a card payment came, if its 指定日 had passed by
    then: only on that day the payer has paid (BOOKS §1.1, §1.2).
    """

    id: UUID
    identity: str
    channel: str
    state: ReceiptState
    slip_id: UUID | None
    amount_yen: Yen
    paid_at: datetime
    transfer_date: date | None
    funded_yen: Yen
    notice_number: str = ""
    fiscal_year: int = 0
    instalment: int = 0
    told: Told | None = None
    hold: str = ""
    late_income_on: date | None = None

    @property
    def paid_on(self) -> date:
        """Return the Tokyo day of 収納."""
        return self.paid_at.astimezone(TOKYO).date()

    @property
    def told_remitted_on(self) -> date | None:
        """Return the day on which 丙 says that it paid for this, if it says so."""
        return self.told.remitted_on if self.told is not None else None


Items = Mapping[UUID, Sequence[SlipItem]]
"""The items of each slip, by slip id, in the order in which its yen are given out."""


class Part(NamedTuple):
    """The yen of one receipt that belong to one assessment."""

    assessment_id: UUID
    yen: int


class Cleared(NamedTuple):
    """消込: so many yen of a receipt pay an assessment (more than 0)."""

    receipt_id: UUID
    assessment_id: UUID
    yen: int


@dataclass(frozen=True)
class Clearing:
    """What pays what, and what was paid too much, assessment by assessment."""

    rows: tuple[Cleared, ...]
    overpaid: Mapping[UUID, int]


def payment_order(receipt: LiveReceipt) -> tuple[datetime, int, str]:
    """Sort receipts as they pay: by 納付日時 to the minute, channel rank, identity (BOOKS §1.11).

    A card payment whose money came late counts as paid on the day of the money, at its end: whoever
    was at a till or a bank on that day was there earlier.
    """
    minute = receipt.paid_at.replace(second=0, microsecond=0)
    if receipt.late_income_on is not None:
        minute = datetime.combine(receipt.late_income_on, time.max, TOKYO)
    return minute, CHANNEL_RANKS[receipt.channel], receipt.identity


def parts_of(receipt: LiveReceipt, items: Items) -> Iterator[Part]:
    """Divide a receipt among the assessments of its slip; without a slip there is no part.

    Each item takes what the slip says while it lasts, the last one takes the rest.
    """
    if receipt.slip_id is None:
        return
    left = int(receipt.amount_yen)
    own = items.get(receipt.slip_id, ())
    for place, item in enumerate(own, start=1):
        yen = left if place == len(own) else min(left, int(item.amount_yen))
        left -= yen
        if yen:
            yield Part(item.assessment_id, yen)


def clear(claims: Iterable[Claim], items: Items, receipts: Iterable[LiveReceipt]) -> Clearing:
    """Let receipts pay assessments up to their amounts, the earliest payment first.

    The rest of a receipt is overpaid (過誤納) at the assessment it was meant for. Parts for an
    assessment that is not among the claims are left out, and so is a receipt on hold: it pays
    nothing (BOOKS §1.2). The order of the arguments is irrelevant.
    """
    room = {claim.id: int(claim.amount_yen) for claim in claims}
    rows: list[Cleared] = []
    overpaid: dict[UUID, int] = {}
    for receipt in sorted((r for r in receipts if not r.hold), key=payment_order):
        for assessment_id, yen in parts_of(receipt, items):
            if assessment_id not in room:
                continue
            applied = min(room[assessment_id], yen)
            room[assessment_id] -= applied
            if applied:
                rows.append(Cleared(receipt.id, assessment_id, applied))
            if yen > applied:
                overpaid[assessment_id] = overpaid.get(assessment_id, 0) + yen - applied
    return Clearing(tuple(rows), overpaid)
