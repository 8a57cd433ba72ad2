"""The ward's statement: the identities I1-I15 (BOOKS §3), and everything that they compare.

Each identity has two sides that come from different rows: heaps on one, raw sums on the other.
I8, I10-I12 wait for the treasurer's day, the closing and the carry-over, and are not computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.ward_gateway.domain.heaps import Books, Heap, Heaped, break_down
from services.ward_gateway.domain.matching import Group
from services.ward_gateway.domain.pay_in_statements import statement_sides
from services.ward_gateway.domain.receipts import ReceiptState
from shared.keys.channels import Channel
from shared.kit.calendar import BusinessCalendar

A_HEAPS = tuple(heap for heap in Heap if heap.subject == "assessment")
B_HEAPS = tuple(heap for heap in Heap if heap.subject == "receipt")
C_HEAPS = tuple(heap for heap in Heap if heap.subject == "deposit")
CLEARED_HEAPS = (
    Heap.CLEARED_FUNDED,
    Heap.CLEARED_IN_TRANSIT,
    Heap.CLEARED_FUNDS_LATE,
    Heap.PROVISIONAL,
)
UNPAID_HEAPS = (Heap.NOT_YET_DUE, Heap.OVERDUE, Heap.DUNNED)
OVERPAID_HEAPS = (
    Heap.OVERPAID_OPEN,
    Heap.REFUND_DECIDED,
    Heap.REFUNDED,
    Heap.OFFSET_OUT,
    Heap.REFUND_LAPSED,
)
DEPOSIT_HEAPS = (Heap.MATCHED, Heap.STATEMENT_ONLY, Heap.EXCESS)
PLACES_NAMED = 3


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and how many yen."""

    count: int
    yen: int

    def __add__(self, other: Tally) -> Tally:
        """Add counts to counts and yen to yen."""
        return Tally(self.count + other.count, self.yen + other.yen)


@dataclass(frozen=True)
class ChannelTally:
    """One channel's receipts by flag (what arrived) and by state (where they stand)."""

    channel: str
    preliminary: Tally
    cancelled: Tally
    confirmed_directly: Tally
    confirmed: Tally
    unconfirmed: Tally
    funded: Tally


@dataclass(frozen=True)
class GroupTally:
    """One channel and transfer date, seen from the receipts, in yen."""

    confirmed_yen: int
    missing_yen: int


@dataclass(frozen=True)
class CommissionTally:
    """丙's report as of a day, in yen; remitted_by_date: by the day that 丙 says it paid."""

    total_yen: int
    remitted_yen: int
    before_designated_yen: int
    past_designated_yen: int
    remitted_by_date: Mapping[date, int]


@dataclass(frozen=True)
class RawTotals:
    """Sums of raw rows, each by a query of its own that reads no heap.

    matched_yen: receipts on known slips, but for those on hold. bank_yen: standing deposits less
    cancelled lines, by channel ("" unknown) and 勘定日. funded_by_group: what deposits of the right
    channel and of no earlier day brought to a group's receipts. moved_yen: what history says ever
    came to a state less what left it, of receipts by state and of deposits by "deposited".
    named_yen: of open exceptions about a group, by code and subject. raised_yen, lowered_yen: 更正.
    """

    assessed_yen: int
    taken_yen: int
    raised_yen: int
    lowered_yen: int
    items_yen: int
    received_yen: int
    matched_yen: int
    deposited_yen: int
    cleared: Mapping[UUID, int]
    channels: tuple[ChannelTally, ...]
    groups: Mapping[Group, GroupTally]
    funded_by_group: Mapping[Group, int]
    bank_yen: Mapping[tuple[str, date], int]
    commissions: CommissionTally
    moved_yen: Mapping[str, int]
    named_yen: Mapping[tuple[str, str], int]

    @property
    def corrected_yen(self) -> int:
        """Return what claims must come to: taken, raised, lowered (I1)."""
        return self.taken_yen + self.raised_yen - self.lowered_yen


@dataclass(frozen=True)
class RollForward:
    """What the next statement's I14 starts from: stocks in heaps, and events so far, in yen."""

    stocks: Mapping[str, int]
    events: Mapping[str, int]


@dataclass(frozen=True)
class Identity:
    """One identity with both sides in yen; holds may fail on detail though the sums agree."""

    name: str
    holds: bool
    left_yen: int
    right_yen: int
    about: str


@dataclass(frozen=True)
class Evidence:
    """All that the identities compare."""

    books: Books
    heaped: Heaped
    raw: RawTotals
    former: RollForward | None
    as_of: date
    calendar: BusinessCalendar


def check_identities(evidence: Evidence) -> tuple[Identity, ...]:
    """Check I1-I7 I9, I13-I15; a false one is an answer, not an error."""
    return (
        *_partitions(evidence),
        _per_instalment(evidence),
        *_per_channel(evidence.raw),
        *_pay_ins(evidence),
        _overpayments(evidence),
        *_agent(evidence),
        *_roll_forward(evidence),
        *_items(evidence),
    )


def _equal(name: str, left: int, right: int, about: str) -> Identity:
    return Identity(name, left == right, left, right, about)


def _detailed(name: str, sides: Mapping[object, tuple[int, int]], about: str) -> Identity:
    """Compare key by key; the first keys that differ are counted in `about`, never named if ids."""
    wrong = [key for key, (left, right) in sides.items() if left != right]
    left = sum(side[0] for side in sides.values())
    right = sum(side[1] for side in sides.values())
    if wrong:
        about += f"; {len(wrong)} differ"
        days = [str(key) for key in wrong if isinstance(key, date)]
        about += ": " + ", ".join(sorted(days)[:PLACES_NAMED]) if days else ""
    return Identity(name, not wrong, left, right, about)


def _partitions(evidence: Evidence) -> Iterator[Identity]:
    """I1 to I4: the rows' own sums against the files that brought them and against the heaps."""
    raw, heaped = evidence.raw, evidence.heaped
    about = "assessments = claims taken + raised - lowered by corrections"
    yield _equal("I1", raw.assessed_yen, raw.corrected_yen, about)
    yield _equal("I2", raw.assessed_yen, heaped.total(*A_HEAPS), "assessments = A1 + ... + A9")
    yield _equal("I3", raw.received_yen, heaped.total(*B_HEAPS), "live receipts = B1 + ... + B9")
    yield _equal("I4", raw.deposited_yen, heaped.total(*C_HEAPS), "net deposits = C1 + ... + C6")


def _per_instalment(evidence: Evidence) -> Identity:
    """I5, assessment by assessment: stored clearings against A1 + A2 + A3 + A4; all against B1."""
    heaped, stored = evidence.heaped, evidence.raw.cleared
    in_heaps: dict[UUID, int] = {}
    for line in heaped.lines:
        if line.heap in CLEARED_HEAPS:
            in_heaps[line.subject_id] = in_heaps.get(line.subject_id, 0) + line.yen
    ids = in_heaps.keys() | stored.keys()
    sides: dict[object, tuple[int, int]] = {i: (stored.get(i, 0), in_heaps.get(i, 0)) for i in ids}
    found = _detailed("I5", sides, "clearings = A1 + A2 + A3 + A4 of each assessment, sum = B1")
    applied = heaped.total(Heap.APPLIED_PRINCIPAL)
    holds = found.holds and applied == found.right_yen
    return Identity("I5", holds, found.left_yen, found.right_yen, found.about)


def _per_channel(raw: RawTotals) -> Iterator[Identity]:
    """I6, counts and yen: what arrived (flags) against where the receipts stand (states)."""
    for tally in raw.channels:
        arrived = tally.preliminary + tally.confirmed_directly
        left = Tally(arrived.count - tally.cancelled.count, arrived.yen - tally.cancelled.yen)
        right = tally.confirmed + tally.unconfirmed
        about = (
            f"{tally.channel}: preliminary - cancelled + confirmed directly ({left.count})"
            f" = confirmed + unconfirmed ({right.count})"
        )
        yield Identity("I6", left == right, left.yen, right.yen, about)


def _pay_ins(evidence: Evidence) -> Iterator[Identity]:
    """I7: per channel and transfer date, per channel, and over all."""
    raw, heaped = evidence.raw, evidence.heaped
    yield from _pay_in_statements(evidence)
    for channel in sorted({group.channel for group in raw.groups}):
        sides: dict[object, tuple[int, int]] = {
            group.transfer_date: (
                tally.confirmed_yen,
                raw.funded_by_group.get(group, 0) + tally.missing_yen,
            )
            for group, tally in raw.groups.items()
            if group.channel == channel
        }
        yield _detailed(
            "I7", sides, f"{channel}: confirmed = C1 + in transit + late on each transfer date"
        )
    for channel in sorted({channel for channel, _ in raw.bank_yen if channel}):
        came = sum(yen for (name, _), yen in raw.bank_yen.items() if name == channel)
        heaps = sum(
            line.yen
            for line in heaped.lines
            if line.channel == channel and line.heap in DEPOSIT_HEAPS
        )
        yield _equal("I7", came, heaps, f"{channel}: deposits = C1 + C2 + C4")
    applied = heaped.total(Heap.CLEARED_FUNDED) + heaped.funded_unapplied_yen
    yield _equal(
        "I7", heaped.total(Heap.MATCHED), applied, "C1 = A1 + the funded part of B3, B8 and B9"
    )


def _pay_in_statements(evidence: Evidence) -> Iterator[Identity]:
    """I7, first half: Σ確報 = Σ計算書 on each day of pay-in; an exception explains a difference."""
    books, named = evidence.books, evidence.raw.named_yen
    found = statement_sides(
        books.pay_ins, named, books.statements_from, evidence.as_of, evidence.calendar
    )
    for channel, sides, explained in found:
        about = f"{channel}: confirmed = pay-in statements on each day ({explained} exceptions)"
        yield _detailed("I7", sides, about)


def _overpayments(evidence: Evidence) -> Identity:
    """I9: what came on known slips and was not cleared, from the rows, against B3 to B7."""
    raw, heaped = evidence.raw, evidence.heaped
    left = raw.matched_yen - sum(raw.cleared.values())
    return _equal("I9", left, heaped.total(*OVERPAID_HEAPS), "overpaid = B3 + B4 + B5 + B6 + B7")


def _agent(evidence: Evidence) -> Iterator[Identity]:
    """I13: 丙's commissions by how they stand; each of its deposits against its report.

    The report of a remittance comes the next business morning: until that day has passed, a
    deposit that the report does not name at all is no difference (締め跨ぎ).
    """
    told, as_of = evidence.raw.commissions, evidence.as_of
    parts = told.remitted_yen + told.before_designated_yen + told.past_designated_yen
    yield _equal(
        "I13", told.total_yen, parts, "commissions = remitted + before + past the designated date"
    )
    came = {
        day: yen
        for (channel, day), yen in evidence.raw.bank_yen.items()
        if channel == Channel.MOBILE_CREDIT
    }
    sides: dict[object, tuple[int, int]] = {
        day: (came.get(day, 0), told.remitted_by_date.get(day, 0))
        for day in came.keys() | told.remitted_by_date.keys()
        if day in told.remitted_by_date or evidence.calendar.add(day, 1) < as_of
    }
    yield _detailed("I13", sides, "the agent's deposits = its report's lines of each day")


def _roll_forward(evidence: Evidence) -> Iterator[Identity]:
    """I14: stock in the last statement + events since = stock now; the first starts at 0."""
    now = roll_forward(evidence.heaped, evidence.books, evidence.raw)
    former = evidence.former or RollForward({}, {})
    for name, stock in now.stocks.items():
        since = now.events[name] - former.events.get(name, 0)
        yield _equal(
            "I14",
            former.stocks.get(name, 0) + since,
            stock,
            f"{name}: last statement + events since = now",
        )


def roll_forward(heaped: Heaped, books: Books, raw: RawTotals) -> RollForward:
    """Return stocks from the heaps, and the sums of dated events that must have made them.

    Events: 調定 (files taken), 更正 (corrections), 消込 (stored clearings), 速報, 確報, 取消,
    入金確認 (history rows of receipts) and 入金 (history rows of deposits). A passing date (納期限,
    振込予定日) moves yen between A6 and A7, A2 and A3 only, which is why those stand together here.
    """
    states = {receipt.id: receipt.state for receipt in books.receipts}
    stocks = {
        "assessed": heaped.total(*A_HEAPS),
        "unpaid": heaped.total(*UNPAID_HEAPS),
        **{_stock(s): 0 for s in ReceiptState if s is not ReceiptState.CANCELLED},
        "deposited": heaped.total(*C_HEAPS),
    }
    for line in heaped.lines:
        if line.subject == "receipt":
            stocks[_stock(states[line.subject_id])] += line.yen
    events = {
        "assessed": raw.corrected_yen,
        "unpaid": raw.corrected_yen - sum(raw.cleared.values()),
    }
    events |= {name: raw.moved_yen.get(name, 0) for name in stocks if name not in events}
    return RollForward(stocks, events)


def _stock(state: ReceiptState) -> str:
    return state.value.lower()


def _items(evidence: Evidence) -> Iterable[Identity]:
    """I15: 医療 + 支援 + 介護 + 子ども, of what was assessed and of what was cleared."""
    raw, heaped = evidence.raw, evidence.heaped
    yield _equal("I15", raw.items_yen, heaped.total(*A_HEAPS), "items of the assessments = A")
    claims = {claim.id: claim for claim in evidence.books.claims}
    split = sum(sum(break_down(claims[row.assessment_id], row.yen)) for row in heaped.clearing.rows)
    yield _equal(
        "I15", split, heaped.total(*CLEARED_HEAPS), "items of the clearings = A1 + A2 + A3 + A4"
    )


class StatementLine(NamedTuple):
    """One subject in one heap as the statement shows it; sorted by all it shows, no id in it."""

    subject: str
    notice_number: str
    fiscal_year: int
    instalment: int
    channel: str
    heap: str
    assessed_yen: int
    received_yen: int
    deposited_yen: int
    reason: str


def statement_lines(heaped: Heaped) -> list[StatementLine]:
    """Return the heap lines in the statement's fixed order.

    A bank line belongs to no fiscal year or instalment: it shows 0 there.
    """
    return sorted(
        StatementLine(
            line.subject,
            line.notice_number,
            line.fiscal_year,
            line.instalment,
            line.channel,
            line.heap.value,
            line.yen if line.subject == "assessment" else 0,
            line.yen if line.subject == "receipt" else 0,
            line.yen if line.subject == "deposit" else 0,
            line.reason,
        )
        for line in heaped.lines
    )


class Reached(NamedTuple):
    """How many receipts ever came to each phase."""

    preliminary: int
    confirmed: int
    funded: int
    cancelled: int


def receipts_reached(channels: Iterable[ChannelTally]) -> Reached:
    """Count the receipts that ever were preliminary, confirmed, funded, cancelled."""
    tallies = list(channels)
    return Reached(
        preliminary=sum(t.preliminary.count for t in tallies),
        confirmed=sum(t.confirmed.count for t in tallies),
        funded=sum(t.funded.count for t in tallies),
        cancelled=sum(t.cancelled.count for t in tallies),
    )
