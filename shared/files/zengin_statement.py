"""The Zengin account statement 入出金取引明細 (種別 03), 200 bytes: what came in and what went out.

Knows an account's lines and balances as the bank reports them (DOMAIN §4.2), not whose money it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from shared.files.blocks import (
    DATA,
    END,
    HEADER,
    NO_FAULTS,
    TRAILER,
    BlockRules,
    encode_data,
    end_layout,
    read_blocks,
)
from shared.files.framing import NO_LINE_END, Source
from shared.files.layout import RecordLayout
from shared.files.problems import Fault, FileProblem, FileProblemError, LoadedFile, load_items
from shared.files.trailers import counts_unlike, differences
from shared.files.zengin_days import EraFields
from shared.files.zengin_statement_records import (
    DATA_LAYOUT,
    END_LAYOUT,
    HEADER_LAYOUT,
    LENGTH,
    TRAILER_LAYOUT,
    BalanceSign,
    Direction,
    StatementEnd,
    StatementHeader,
    StatementLine,
    StatementTrailer,
    TransactionKind,
)
from shared.kit.money import Yen

if TYPE_CHECKING:
    from shared.files.columns import Columns

# What the block reader accepts unseen; an end record that says more is compared in `diagnose`.
_BLANK_END = end_layout(LENGTH)
_COUNTS = ("in_count", "out_count", "data_count")
_SUMS = ("in_yen", "out_yen")


def _is_minus_nothing(sign: BalanceSign, amount: Yen) -> bool:
    """Tell whether an account is called overdrawn by nothing: one balance has one spelling."""
    return sign == BalanceSign.OVERDRAWN and amount == 0


class _Sums:
    """Lines in and lines out so far, and the balance, unknown without an opening one."""

    def __init__(self, opening: Yen | None) -> None:
        self.count = {Direction.IN: 0, Direction.OUT: 0}
        self.yen = {Direction.IN: 0, Direction.OUT: 0}
        self.balance = None if opening is None else int(opening)

    def add(self, line: StatementLine) -> None:
        self.count[line.direction] += 1
        self.yen[line.direction] += int(line.amount_yen)
        if self.balance is not None:
            self.balance += int(line.signed_yen)

    def add_run(self, columns: Columns) -> None:
        ways = {way: columns.holds("direction", way) for way in Direction}
        for way, where in ways.items():
            self.count[way] += int(where.sum())
            self.yen[way] += columns.total("amount_yen", where)
        if self.balance is not None:
            corrections = columns.holds("transaction_kind", TransactionKind.CORRECTION)
            adds = ways[Direction.IN] != corrections
            self.balance += columns.total("amount_yen", adds)
            self.balance -= columns.total("amount_yen", ~adds)

    def trailer(self) -> StatementTrailer:
        balance = self.balance or 0
        return StatementTrailer(
            in_count=self.count[Direction.IN],
            in_yen=Yen(self.yen[Direction.IN]),
            out_count=self.count[Direction.OUT],
            out_yen=Yen(self.yen[Direction.OUT]),
            closing_sign=BalanceSign.OVERDRAWN if balance < 0 else BalanceSign.HOLDS,
            closing_amount_yen=Yen(abs(balance)),
            data_count=sum(self.count.values()),
        )


class _Rules(BlockRules[StatementHeader, StatementLine]):
    layouts: ClassVar = {
        HEADER: HEADER_LAYOUT,
        DATA: DATA_LAYOUT,
        TRAILER: TRAILER_LAYOUT,
        END: _BLANK_END,
    }
    length: ClassVar = LENGTH
    end_mark_allowed: ClassVar = True

    def __init__(self, received_on: date) -> None:
        header_days = ("created_on", "period_from", "period_to")
        line_days = ("booked_on", "value_date", "clearing_presented_on", "dishonoured_on")
        self.header_days = EraFields(HEADER_LAYOUT, header_days, received_on)
        self.line_days = EraFields(DATA_LAYOUT, line_days, received_on)
        self.accounts = 0
        self.lines = 0
        self._start_sums()

    def _start_sums(self, opening: Yen | None = None) -> None:
        self.sums = _Sums(opening)
        self.lost = 0

    def begin(self) -> None:
        self.accounts += 1
        self._start_sums()

    def open_block(self, values: list[Any]) -> tuple[StatementHeader | None, list[Fault]]:
        faults = self.header_days.read_in_place(values)
        if faults:
            return None, faults
        header = StatementHeader(*values)
        self._start_sums(header.opening_balance_yen)
        return header, _faults_of_header(header)

    def take(self, values: list[Any], raw: bytes) -> tuple[StatementLine | None, Sequence[Fault]]:
        faults = self.line_days.read_in_place(values)
        if faults:
            self.lose()
            return None, faults
        line = StatementLine(*values)
        self.lines += 1
        self.sums.add(line)
        return line, NO_FAULTS

    def take_run(self, columns: Columns) -> list[StatementLine] | None:
        if not self.line_days.read_columns(columns):
            return None
        self.lines += len(columns)
        self.sums.add_run(columns)
        return columns.records(StatementLine)

    def lose(self) -> None:
        self.lines += 1
        self.lost += 1

    def close_block(self, values: list[Any], raw: bytes) -> list[Fault]:
        trailer, counted = StatementTrailer(*values), self.sums.trailer()
        if self.lost:
            # Which way an unreadable line went is not known: only the count of all is.
            both = trailer.in_count + trailer.out_count
            claims = {"in_count": both, "data_count": trailer.data_count}
            return counts_unlike(TRAILER_LAYOUT, claims, self.lost + counted.data_count, trailer)
        faults = differences(TRAILER_LAYOUT, (*_COUNTS, *_SUMS), trailer, counted)
        return [*faults, *self._faults_of_balance(trailer, counted)]

    def _faults_of_balance(
        self, trailer: StatementTrailer, counted: StatementTrailer
    ) -> list[Fault]:
        """Compare 取引後残高 with 取引前残高 and the signed movements between them."""
        shown = trailer.closing_balance_yen
        if _is_minus_nothing(trailer.closing_sign, trailer.closing_amount_yen):
            return [TRAILER_LAYOUT.fault("closing_sign", "overdrawn_by_nothing", shown)]
        if self.sums.balance is None or shown == counted.closing_balance_yen:
            return []
        return [TRAILER_LAYOUT.fault("closing_amount_yen", "balance_mismatch", shown)]

    def diagnose(self, layout: RecordLayout, image: str) -> list[Fault]:
        if layout is not _BLANK_END:
            return layout.diagnose(image)
        values = END_LAYOUT.decode(image)
        if values is None:
            return END_LAYOUT.diagnose(image)
        end, counted = StatementEnd(*values), _end_of(self.accounts, self.lines)
        filled = [name for name in END_LAYOUT.value_names if getattr(end, name) is not None]
        return differences(END_LAYOUT, filled, end, counted)


def _end_of(accounts: int, lines: int) -> StatementEnd:
    """Count every record: a header and a trailer for each account, the lines, and the end (bg)."""
    return StatementEnd(2 * accounts + lines + 1, accounts)


def _faults_of_header(header: StatementHeader) -> list[Fault]:
    faults = []
    if header.period_to < header.period_from:
        faults.append(HEADER_LAYOUT.fault("period_to", "period_backwards", header.period_to))
    if _is_minus_nothing(header.opening_sign, header.opening_amount_yen):
        shown = header.opening_amount_yen
        faults.append(HEADER_LAYOUT.fault("opening_sign", "overdrawn_by_nothing", shown))
    return faults


def read_statement(
    source: Source, *, received_on: date
) -> Iterator[StatementHeader | StatementLine | FileProblem]:
    """Stream headers, sound lines and problems in order; there may be several accounts.

    Era dates are read within about ten years before and one after `received_on`.
    """
    return read_blocks(source, _Rules(received_on))


def load_statement(
    source: Source, *, received_on: date
) -> LoadedFile[StatementHeader, StatementLine]:
    """Read a whole statement of one account: header, lines, all problems."""
    items = read_statement(source, received_on=received_on)
    return load_items(items, StatementHeader, StatementLine)


def stream_statements(
    accounts: Iterable[tuple[StatementHeader, Iterable[StatementLine]]],
    *,
    line_end: bytes = NO_LINE_END,
    end_counts: bool = False,
) -> Iterator[bytes]:
    """Write several accounts and one end record, which counts them only if `end_counts`.

    Raises FileProblemError for no account at all, a value that does not fit, a period that runs
    backwards, an account overdrawn by nothing; its `line` counts the lines of the account.
    """
    written, lines = 0, 0
    for header, account_lines in accounts:
        written += 1
        raw = HEADER_LAYOUT.encode(header)
        for fault in _faults_of_header(header):
            raise FileProblemError(fault.field, fault.code, fault.value)
        yield raw + line_end
        sums = _Sums(header.opening_balance_yen)
        for number_of_line, line in enumerate(account_lines, start=1):
            raw = encode_data(DATA_LAYOUT, line, number_of_line)
            sums.add(line)
            yield raw + line_end
        trailer = sums.trailer()
        lines += trailer.data_count
        yield TRAILER_LAYOUT.encode(trailer) + line_end
    if not written:
        raise FileProblemError("header", "no_block", 0)
    end = _end_of(written, lines) if end_counts else StatementEnd(None, None)
    yield END_LAYOUT.encode(end) + line_end


def stream_statement(
    header: StatementHeader,
    lines: Iterable[StatementLine],
    *,
    line_end: bytes = NO_LINE_END,
    end_counts: bool = False,
) -> Iterator[bytes]:
    """Write one account and the end record; refuses as stream_statements does."""
    return stream_statements([(header, lines)], line_end=line_end, end_counts=end_counts)


def write_statement(
    header: StatementHeader,
    lines: Iterable[StatementLine],
    *,
    line_end: bytes = NO_LINE_END,
    end_counts: bool = False,
) -> bytes:
    """Write a whole statement of one account; refuses as stream_statements does."""
    pieces = stream_statement(header, lines, line_end=line_end, end_counts=end_counts)
    return b"".join(pieces)
