"""Every yen in exactly one heap (DESIGN rule 10, BOOKS §3): the heaps, and books -> heap lines.

A function of the books and a day. It works the clearing out anew and never reads the stored one,
so that the stored one can be checked against it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal, NamedTuple
from uuid import UUID

from services.ward_gateway.domain.clearings import (
    Claim,
    Cleared,
    Clearing,
    Items,
    LiveReceipt,
    SlipItem,
    clear,
)
from services.ward_gateway.domain.deposits import Deposit
from services.ward_gateway.domain.holds import TRUSTEE_IN_DEFAULT, regime_in_default
from services.ward_gateway.domain.pay_in_statements import (
    Compared,
    StatedFrom,
    statement_only,
)
from services.ward_gateway.domain.receipts import ReceiptState
from shared.keys.regimes import TRUSTEE_LAW_FROM, Regime

Subject = Literal["assessment", "receipt", "deposit"]


class Heap(StrEnum):
    """The name of a heap; the value is its number in the books."""

    CLEARED_FUNDED = "A1"
    CLEARED_IN_TRANSIT = "A2"
    CLEARED_FUNDS_LATE = "A3"
    PROVISIONAL = "A4"
    OFFSET = "A5"
    NOT_YET_DUE = "A6"
    OVERDUE = "A7"
    DUNNED = "A8"
    WRITTEN_OFF = "A9"
    APPLIED_PRINCIPAL = "B1"
    APPLIED_LATE_CHARGE = "B2"
    OVERPAID_OPEN = "B3"
    REFUND_DECIDED = "B4"
    REFUNDED = "B5"
    OFFSET_OUT = "B6"
    REFUND_LAPSED = "B7"
    UNMATCHED = "B8"
    ON_HOLD = "B9"
    MATCHED = "C1"
    STATEMENT_ONLY = "C2"
    UNIDENTIFIED = "C3"
    EXCESS = "C4"
    OTHER_REVENUE = "C5"
    REVERSED = "C6"

    @property
    def subject(self) -> Subject:
        """Whose yen the heap divides: assessed (A), received (B) or deposited (C)."""
        return _SUBJECTS[self.value[0]]


_FUNDED = (Heap.CLEARED_FUNDED, "")
_SUBJECTS: Mapping[str, Subject] = {"A": "assessment", "B": "receipt", "C": "deposit"}


class HeapRule(NamedTuple):
    """What stands in a heap. `recorded` is False where nothing that fills it is recorded yet."""

    japanese: str
    rule: str
    recorded: bool = True


HEAP_RULES: Mapping[Heap, HeapRule] = {
    Heap.CLEARED_FUNDED: HeapRule("消込済・入金確認済", "cleared, and the money has come"),
    Heap.CLEARED_IN_TRANSIT: HeapRule(
        "消込済・入金待ち", "cleared by a confirmed receipt; its transfer date has not passed"
    ),
    Heap.CLEARED_FUNDS_LATE: HeapRule(
        "消込済・払込遅延", "cleared by a confirmed receipt; its transfer date passed without money"
    ),
    Heap.PROVISIONAL: HeapRule("仮消込（速報のみ）", "cleared by a preliminary receipt only"),
    Heap.OFFSET: HeapRule("充当済", "paid by the offset of another overpayment", recorded=False),
    Heap.NOT_YET_DUE: HeapRule("未納・納期限前", "unpaid, and the due date has not passed"),
    Heap.OVERDUE: HeapRule("未納・督促前", "unpaid past the due date, not dunned"),
    Heap.DUNNED: HeapRule("未納・督促済", "unpaid and dunned", recorded=False),
    Heap.WRITTEN_OFF: HeapRule("不納欠損", "written off", recorded=False),
    Heap.APPLIED_PRINCIPAL: HeapRule("本料に消込", "pays an assessment"),
    Heap.APPLIED_LATE_CHARGE: HeapRule("延滞金・督促手数料に消込", "pays a charge", recorded=False),
    Heap.OVERPAID_OPEN: HeapRule("過誤納（処理前）", "more than its assessments still needed"),
    Heap.REFUND_DECIDED: HeapRule("還付決定・未払", "refund decided, unpaid", recorded=False),
    Heap.REFUNDED: HeapRule("還付済", "refunded", recorded=False),
    Heap.OFFSET_OUT: HeapRule("充当済（充当元）", "offset against another claim", recorded=False),
    Heap.REFUND_LAPSED: HeapRule("還付請求権時効", "nobody claimed the refund", recorded=False),
    Heap.UNMATCHED: HeapRule("消込不能（該当調定なし）", "stands on no slip or assessment"),
    Heap.ON_HOLD: HeapRule("調査中・保留", "clears nothing until its money has come"),
    Heap.MATCHED: HeapRule("収納データと突合済", "is the money of confirmed receipts"),
    Heap.STATEMENT_ONLY: HeapRule(
        "計算書一致・確報待ち", "a pay-in statement explains it; its 確報 has not come"
    ),
    Heap.UNIDENTIFIED: HeapRule("不明入金", "comes from an unknown remitter"),
    Heap.EXCESS: HeapRule("過入金（払込過大）", "more than its day's receipts explain"),
    Heap.OTHER_REVENUE: HeapRule("他会計・他科目（振替待ち）", "other revenue", recorded=False),
    Heap.REVERSED: HeapRule("組戻・取消", "taken back by the bank: 0 yen with its original"),
}


@dataclass(frozen=True, slots=True)
class HeapLine:
    """The yen of one subject in one heap; what does not concern the subject is empty or 0.

    reason: TRUSTEE_IN_DEFAULT in A3, why a receipt is on hold in B9, else empty.
    """

    subject: Subject
    subject_id: UUID
    notice_number: str
    fiscal_year: int
    instalment: int
    channel: str
    heap: Heap
    yen: int  # a plain sum: a ward has some 100,000 lines, and Yen checks each step
    reason: str = ""


@dataclass(frozen=True)
class Books:
    """Everything that the heaps are a function of.

    matched_yen: what of a deposit is matched. trustee_from: the agent's designation (BOOKS §1.2).
    pay_ins: each day's 計算書, 確報 and 入金; statements_from: since when a 計算書 is agreed.
    """

    claims: Sequence[Claim]
    items: Items
    receipts: Sequence[LiveReceipt]
    standing: Sequence[Deposit]
    reversed: Sequence[Deposit]
    matched_yen: Mapping[UUID, int]
    trustee_from: date | None = TRUSTEE_LAW_FROM
    pay_ins: Sequence[Compared] = ()
    statements_from: StatedFrom = field(default_factory=dict)


Paid = dict[tuple[Heap, str], int]
"""Cleared yen of one claim by heap and reason."""


@dataclass(frozen=True)
class Heaped:
    """The lines of all heaps, and the funded yen of receipts that pay no assessment."""

    lines: tuple[HeapLine, ...]
    clearing: Clearing
    funded_unapplied_yen: int

    def total(self, *heaps: Heap) -> int:
        """Sum up some heaps, in yen."""
        return sum(line.yen for line in self.lines if line.heap in heaps)

    def totals(self) -> dict[Heap, int]:
        """Sum up every heap, the empty ones too, in yen."""
        sums = dict.fromkeys(Heap, 0)
        for line in self.lines:
            sums[line.heap] += line.yen
        return sums


def heap_books(books: Books, as_of: date) -> Heaped:
    """Divide the books into heaps as of a Tokyo day.

    as_of moves dates only (due dates, transfer dates): the books are those that were read, and a
    receipt is on hold or not as the last reconciliation left it.
    """
    clearing = clear(books.claims, books.items, books.receipts)
    known = {claim.id for claim in books.claims}
    own: dict[UUID, list[Cleared]] = defaultdict(list)
    for row in clearing.rows:
        own[row.receipt_id].append(row)
    paid: dict[UUID, Paid] = {claim.id: {} for claim in books.claims}
    lines: list[HeapLine] = []
    funded_unapplied = 0
    for receipt in books.receipts:
        rows = own.get(receipt.id, [])
        waiting = waiting_heap(receipt, as_of, books.trustee_from)
        funded_unapplied += _age_cleared(receipt, rows, paid, waiting)
        matched = any(item.assessment_id in known for item in _items_of(receipt, books.items))
        lines.extend(_receipt_lines(receipt, sum(row.yen for row in rows), matched=matched))
    for claim in books.claims:
        lines.extend(_claim_lines(claim, paid[claim.id], as_of))
    lines.extend(_deposit_lines(books))
    return Heaped(tuple(lines), clearing, funded_unapplied)


def _items_of(receipt: LiveReceipt, items: Items) -> Iterable[SlipItem]:
    return items.get(receipt.slip_id, ()) if receipt.slip_id is not None else ()


def _age_cleared(
    receipt: LiveReceipt,
    rows: Sequence[Cleared],
    paid: Mapping[UUID, Paid],
    waiting: tuple[Heap, str],
) -> int:
    """Book a receipt's cleared yen under A1 to A4; return its funded yen that pay nothing.

    The applied part is funded before the overpaid part.
    """
    funded = int(min(receipt.funded_yen, receipt.amount_yen))
    for row in rows:
        come = min(funded, row.yen)
        funded -= come
        heaps = paid[row.assessment_id]
        heaps[_FUNDED] = heaps.get(_FUNDED, 0) + come
        heaps[waiting] = heaps.get(waiting, 0) + row.yen - come
    return funded


def waiting_heap(
    receipt: LiveReceipt, as_of: date, trustee_from: date | None = TRUSTEE_LAW_FROM
) -> tuple[Heap, str]:
    """Return where cleared yen wait for their money, and why; the transfer day itself is in time.

    A3 goes before A4: a trustee in default is one, whether its receipt was confirmed or not.
    """
    if regime_in_default(receipt, trustee_from, as_of) is Regime.TRUSTEE2022:
        return Heap.CLEARED_FUNDS_LATE, TRUSTEE_IN_DEFAULT
    if receipt.state is ReceiptState.PRELIMINARY:
        return Heap.PROVISIONAL, ""
    if receipt.transfer_date is not None and receipt.transfer_date < as_of:
        return Heap.CLEARED_FUNDS_LATE, ""
    return Heap.CLEARED_IN_TRANSIT, ""


def _claim_lines(claim: Claim, paid: Paid, as_of: date) -> Iterator[HeapLine]:
    unpaid = int(claim.amount_yen) - sum(paid.values())
    open_heap = Heap.NOT_YET_DUE if claim.due_date >= as_of else Heap.OVERDUE
    for (heap, reason), yen in (*paid.items(), ((open_heap, ""), unpaid)):
        if yen:
            yield HeapLine(
                subject="assessment",
                subject_id=claim.id,
                notice_number=claim.notice_number,
                fiscal_year=claim.fiscal_year,
                instalment=claim.instalment,
                channel="",
                heap=heap,
                yen=yen,
                reason=reason,
            )


def _receipt_lines(receipt: LiveReceipt, applied: int, *, matched: bool) -> Iterator[HeapLine]:
    rest = Heap.OVERPAID_OPEN if matched else Heap.UNMATCHED
    if receipt.hold:
        rest = Heap.ON_HOLD
    for heap, yen in (
        (Heap.APPLIED_PRINCIPAL, applied),
        (rest, int(receipt.amount_yen) - applied),
    ):
        if yen:
            yield HeapLine(
                subject="receipt",
                subject_id=receipt.id,
                notice_number=receipt.notice_number,
                fiscal_year=receipt.fiscal_year,
                instalment=receipt.instalment,
                channel=receipt.channel,
                heap=heap,
                yen=yen,
                reason=receipt.hold,
            )


def _only_stated(books: Books) -> Mapping[UUID, int]:
    """Return the yen of each deposit that no receipt explains, but a 計算書 does (C2)."""
    excess = [
        (deposit, int(deposit.amount_yen) - books.matched_yen.get(deposit.id, 0))
        for deposit in books.standing
        if deposit.channel is not None
    ]
    awaited = {one.group: one.awaited_yen for one in books.pay_ins}
    return statement_only([pair for pair in excess if pair[1] > 0], awaited)


def _deposit_lines(books: Books) -> Iterator[HeapLine]:
    stated = _only_stated(books)
    for deposit in books.standing:
        if deposit.channel is None:
            yield _deposit_line(deposit, Heap.UNIDENTIFIED, int(deposit.amount_yen))
            continue
        amount = int(deposit.amount_yen)
        matched = min(books.matched_yen.get(deposit.id, 0), amount)
        if matched:
            yield _deposit_line(deposit, Heap.MATCHED, matched)
        only_stated = stated.get(deposit.id, 0)
        if only_stated:
            yield _deposit_line(deposit, Heap.STATEMENT_ONLY, only_stated)
        if amount > matched + only_stated:
            yield _deposit_line(deposit, Heap.EXCESS, amount - matched - only_stated)
    for deposit in books.reversed:
        yield _deposit_line(deposit, Heap.REVERSED, 0)


def _deposit_line(deposit: Deposit, heap: Heap, yen: int) -> HeapLine:
    return HeapLine(
        subject="deposit",
        subject_id=deposit.id,
        notice_number="",
        fiscal_year=0,
        instalment=0,
        channel=deposit.channel or "",
        heap=heap,
        yen=yen,
    )


class Breakdown(NamedTuple):
    """Yen by item: 医療, 支援, 介護, 子ども."""

    medical: int
    support: int
    care: int
    child: int


def break_down(claim: Claim, yen: int) -> Breakdown:
    """Split yen of a claim in proportion to its items: floor each, the remainder to 医療 (§1.8)."""
    if not claim.amount_yen:
        return Breakdown(yen, 0, 0, 0)
    support, care, child = (
        yen * item // claim.amount_yen
        for item in (claim.support_yen, claim.care_yen, claim.child_yen)
    )
    return Breakdown(yen - support - care - child, support, care, child)
