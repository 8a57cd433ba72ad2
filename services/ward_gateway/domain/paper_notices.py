"""済通 (納入済通知書): a bank's paper about a payment at its counter, and what it stands for.

A bank that notifies over the Multi-Payment Network may send paper too (DOMAIN §2.3, BOOKS §2.1):
both are one receipt. Knows no claim and no deposit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.ward_gateway.domain.clearings import TOKYO
from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from services.ward_gateway.domain.payment_dates import FISCAL_YEAR_MONTH
from services.ward_gateway.domain.receipts import (
    RECEIPT_MACHINE,
    Incoming,
    Notice,
    ReceiptState,
    identity_of,
)
from services.ward_gateway.domain.refusals import PaperNoticeMalformed
from shared.keys.channels import Channel
from shared.keys.payment_number import read_payment_number
from shared.keys.problems import KeyProblem
from shared.kit.money import Yen

COUNTER_MEDIUM = "05"  # 使用媒体 窓口
RECEIVED_ON_PAPER = "received_on_paper"
# A stamp tells the day, not the minute: what tells its minute goes before it (BOOKS §1.11).
LAST_MINUTE = time(23, 59)
# A receipt that came on paper gives way to its electronic one, and stands again without it.
PAPER_MACHINE = replace(
    RECEIPT_MACHINE,
    events={
        **RECEIPT_MACHINE.events,
        (ReceiptState.CONFIRMED, ReceiptState.CANCELLED): "joined_to_electronic_receipt",
        (ReceiptState.CANCELLED, ReceiptState.CONFIRMED): "stands_for_itself_again",
    },
)


# A receipt of a notice that is withdrawn goes for another reason, and never stands again.
WITHDRAWAL_MACHINE = replace(
    RECEIPT_MACHINE,
    events={
        **RECEIPT_MACHINE.events,
        (ReceiptState.CONFIRMED, ReceiptState.CANCELLED): "paper_notice_withdrawn",
    },
)


class WithdrawalReason(StrEnum):
    """Why a notice is none; words instead of a text, so that nobody is named in it."""

    MISREAD = "misread"
    HANDED_IN_TWICE = "handed_in_twice"
    NOT_OF_THIS_WARD = "not_of_this_ward"
    RECALLED_BY_BANK = "recalled_by_bank"


class NoticeIdentity(NamedTuple):
    """What makes a notice one notice; a branch numbers its stamps anew each day (OWN DESIGN)."""

    bank_code: str
    branch_code: str
    paid_on: date
    stamp_number: str


class CounterPayment(NamedTuple):
    """What paper and wire both tell of a payment; the branch is not compared (領収店 ≠ 取扱店)."""

    bank_code: str
    payment_number: str
    amount_yen: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class PaperNotice:
    """A notice as somebody reads it off its paper.

    paid_on: 領収日 of the stamp; paid_in_on: 払込日, on which the bank pays the money in.
    """

    identity: NoticeIdentity
    payment_number: str
    amount_yen: Yen
    paid_in_on: date

    @property
    def payment(self) -> CounterPayment:
        """What an electronic receipt of the same payment would say."""
        own = self.identity
        return CounterPayment(own.bank_code, self.payment_number, int(self.amount_yen), own.paid_on)

    def flaws(self, today: date) -> list[tuple[str, str]]:
        """Return (field, code) of what cannot be on a paper about a slip of this ward.

        Our payment numbers have 18 digits and MOD 97-10 check digits (DOMAIN §2.6). Nobody pays a
        slip before its fiscal year begins on 1 April, or after today; a bank pays in afterwards.
        """
        paid_on, found = self.identity.paid_on, []
        try:
            year = read_payment_number(self.payment_number).fiscal_year
        except KeyProblem as problem:
            found.append(("payment_number", problem.code))
        else:
            if paid_on < date(year, FISCAL_YEAR_MONTH, 1):
                found.append(("paid_on", "before_its_fiscal_year"))
        if paid_on > today:
            found.append(("paid_on", "in_the_future"))
        if self.paid_in_on < paid_on:
            found.append(("paid_in_on", "paid_in_before_it_was_paid"))
        return found

    def as_receipt(self, reading: int = 1) -> Incoming:
        """Return the receipt that this notice is where nothing electronic tells of its payment.

        reading: how often its stamp was read, withdrawn readings included; each had its receipt.
        """
        own = self.identity
        number = f"{own.bank_code}-{own.branch_code}-{own.stamp_number}"
        if reading > 1:
            number += f"-{reading}"
        clock = LAST_MINUTE.strftime("%H%M")
        return Incoming(
            notice=Notice.CONFIRMED,
            identity=identity_of(
                Channel.BANK_COUNTER, self.payment_number, own.paid_on, clock, number
            ),
            channel=Channel.BANK_COUNTER.value,
            key=self.payment_number,
            amount_yen=self.amount_yen,
            paid_at=datetime.combine(own.paid_on, LAST_MINUTE, TOKYO),
            shop_code=own.stamp_number,
            bank_code=own.bank_code,
            branch_code=own.branch_code,
            transfer_date=self.paid_in_on,
            line=0,
        )


@dataclass(frozen=True, slots=True)
class NoticeHeld:
    """A notice that we hold. own_receipt_id: its receipt, None if it never had to stand for itself;
    own_state: how that receipt stands; joined_to: the electronic receipt that counts instead;
    reading: one more than the withdrawn notices of its stamp.
    """

    id: UUID
    notice: PaperNotice
    own_receipt_id: UUID | None
    own_state: ReceiptState | None
    joined_to: UUID | None
    reading: int = 1


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A notice that counts no more: who took it back, when and why, and its receipt if it had one.

    withdrawn_by: a user ID.
    """

    withdrawn_by: str
    withdrawn_at: datetime
    reason: WithdrawalReason
    receipt_id: UUID | None


@dataclass(frozen=True, slots=True)
class CounterReceipt:
    """A live Pay-easy receipt of a bank's counter."""

    id: UUID
    identity: str
    branch_code: str
    payment: CounterPayment


def pair(notices: Iterable[NoticeHeld], receipts: Iterable[CounterReceipt]) -> dict[UUID, UUID]:
    """Return which receipt each notice belongs to, one to one: notice id -> receipt id.

    Both tell the same bank, key, yen and Tokyo day. Of several, those of one branch belong
    together first, then the lowest identities; so it does not show which came first, and two
    genuine payments of one key on one day stay two.
    """
    papers: dict[CounterPayment, list[NoticeHeld]] = defaultdict(list)
    for held in sorted(notices, key=lambda one: one.notice.identity):
        papers[held.notice.payment].append(held)
    pairs: dict[UUID, UUID] = {}
    left: dict[CounterPayment, list[CounterReceipt]] = defaultdict(list)
    for receipt in sorted(receipts, key=lambda one: one.identity):
        own = [
            held
            for held in papers[receipt.payment]
            if held.notice.identity.branch_code == receipt.branch_code and held.id not in pairs
        ]
        if own:
            pairs[own[0].id] = receipt.id
        else:
            left[receipt.payment].append(receipt)
    for payment, others in left.items():
        alone = [held for held in papers[payment] if held.id not in pairs]
        pairs |= {h.id: r.id for h, r in zip(alone, others, strict=False)}
    return pairs


@dataclass(frozen=True)
class Settlement:
    """What must change so that each payment is one receipt; ids of notices, own: of receipts."""

    parted: tuple[UUID, ...]
    joined: Mapping[UUID, UUID]
    give_way: tuple[UUID, ...]
    funded: tuple[UUID, ...]
    """Those of give_way whose money has come whole; some of the others may have come in part."""
    stand_again: tuple[UUID, ...]
    stand_first: tuple[NoticeHeld, ...]


def settle(notices: Iterable[NoticeHeld], pairs: Mapping[UUID, UUID]) -> Settlement:
    """Compare how notices stand with the pairs that there are; nothing to do gives empty parts."""
    known = list(notices)
    moved = [held for held in known if held.joined_to != pairs.get(held.id)]
    gone = [h for h in known if h.id in pairs and h.own_state in _LIVE]
    alone = [h for h in known if h.id not in pairs and h.own_state not in _LIVE]
    return Settlement(
        parted=tuple(held.id for held in moved if held.joined_to),
        joined={held.id: pairs[held.id] for held in moved if held.id in pairs},
        give_way=_own(gone),
        funded=_own(held for held in gone if held.own_state is ReceiptState.FUNDED),
        stand_again=_own(held for held in alone if held.own_receipt_id),
        stand_first=tuple(held for held in alone if not held.own_receipt_id),
    )


_LIVE = (ReceiptState.CONFIRMED, ReceiptState.FUNDED)


def _own(notices: Iterable[NoticeHeld]) -> tuple[UUID, ...]:
    return tuple(held.own_receipt_id for held in notices if held.own_receipt_id)


def demand_form(notices: Iterable[PaperNotice], today: date) -> None:
    """Raise PaperNoticeMalformed, which names each flaw by the notice's place, from 1 on."""
    flaws = [
        {"notice": place, "field": field, "code": code}
        for place, notice in enumerate(notices, start=1)
        for field, code in notice.flaws(today)
    ]
    if flaws:
        raise PaperNoticeMalformed(problems=flaws)


def stamp(identity: NoticeIdentity) -> str:
    """Return a stamp as exceptions name it."""
    return "{}/{}/{}/{}".format(*identity)


def reused(notices: Iterable[PaperNotice]) -> list[Finding]:
    """Return the notices whose stamp stands on another payment already; they are not taken."""
    return [
        Finding(
            ExceptionCode.PAPER_NOTICE_REUSED,
            "paper_notice",
            stamp(notice.identity),
            notice.amount_yen,
            "A notice has the stamp of another one and says something else; it was not taken.",
        )
        for notice in notices
    ]
