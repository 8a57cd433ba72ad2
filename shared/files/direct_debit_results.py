"""The Zengin direct debit result 口座振替結果 (種別 91), 120 bytes: which debits were done.

Layout and result codes are background knowledge that no source of ours gives (DOMAIN §4.3): compare
them with the bank's own sheet before use. Knows no slip and no year: the file has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
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
from shared.files.layout import (
    Field,
    RecordLayout,
    choice,
    constant,
    digits,
    filler,
    number,
    text,
    yen,
)
from shared.files.problems import Fault, FileProblem, LoadedFile, load_items
from shared.files.trailers import counts_unlike, differences
from shared.files.values import NOT_A_DATE
from shared.kit.money import Yen

if TYPE_CHECKING:
    from shared.files.columns import Columns

LENGTH = 120
# Background knowledge: 1 ordinary, 2 current, 3 tax reserve, 9 other.
_ACCOUNT_TYPES = {kind: kind for kind in ("1", "2", "3", "9")}
# Background knowledge: 1 the first debit, 2 changed, 0 neither.
_NEW_CODES = {code: code for code in ("0", "1", "2")}
A_LEAP_YEAR = 2000


class DebitResult(StrEnum):
    """振替結果 (background knowledge, DOMAIN §4.3)."""

    DEBITED = "0"
    INSUFFICIENT_FUNDS = "1"
    NO_ACCOUNT = "2"
    STOPPED_BY_PAYER = "3"
    NO_MANDATE = "4"
    STOPPED_BY_CLIENT = "8"
    OTHER = "9"


@dataclass(frozen=True, slots=True)
class DebitsHeader:
    """For whom, on which day, into which account. `debited_mmdd` is month and day: no year."""

    client_code: str
    client_name_kana: str
    debited_mmdd: str
    bank_code: str
    bank_name_kana: str
    branch_code: str
    branch_name_kana: str
    account_type: str
    account_number: str


@dataclass(frozen=True, slots=True)
class DirectDebit:
    """One debit that was asked for, and how it ended. `amount_yen` was asked for in any case."""

    bank_code: str
    bank_name_kana: str
    branch_code: str
    branch_name_kana: str
    account_type: str
    account_number: str
    holder_name_kana: str
    amount_yen: Yen
    new_code: str
    customer_number: str
    result: DebitResult

    @property
    def is_debited(self) -> bool:
        """Whether the money was taken (済); every other result is 不能."""
        return self.result == DebitResult.DEBITED


@dataclass(frozen=True, slots=True)
class DebitsTrailer:
    """Counts and sums: all that was asked for, what was debited (済), what failed (不能)."""

    count: int
    total_yen: Yen
    debited_count: int
    debited_yen: Yen
    failed_count: int
    failed_yen: Yen


def _read_month_day(digits: str) -> str:
    """Check MMDD, kept as text; 0229 stands, for the year is not known here."""
    try:
        date(A_LEAP_YEAR, int(digits[:2]), int(digits[2:]))
    except ValueError:
        raise ValueError(NOT_A_DATE) from None
    return digits


def _month_day(name: str, first: int, last: int) -> Field:
    field = digits(name, first, last)

    def write(value: object) -> str:
        return _read_month_day(field.write(value))

    return Field(name, first, last, field.pattern, field.code, _read_month_day, write)


HEADER_LAYOUT = RecordLayout(
    "header",
    LENGTH,
    [
        constant("kind", 1, 1, "1"),
        constant("file_kind", 2, 3, "91"),
        constant("code_kind", 4, 4, "0"),
        digits("client_code", 5, 14),
        text("client_name_kana", 15, 54),
        _month_day("debited_mmdd", 55, 58),
        digits("bank_code", 59, 62),
        text("bank_name_kana", 63, 77),
        digits("branch_code", 78, 80),
        text("branch_name_kana", 81, 95),
        choice("account_type", 96, 96, _ACCOUNT_TYPES),
        digits("account_number", 97, 103),
        filler(104, 120),
    ],
).proved_for(DebitsHeader)
DATA_LAYOUT = RecordLayout(
    "data",
    LENGTH,
    [
        constant("kind", 1, 1, "2"),
        digits("bank_code", 2, 5),
        text("bank_name_kana", 6, 20),
        digits("branch_code", 21, 23),
        text("branch_name_kana", 24, 38),
        filler(39, 42),
        choice("account_type", 43, 43, _ACCOUNT_TYPES),
        digits("account_number", 44, 50),
        text("holder_name_kana", 51, 80),
        yen("amount_yen", 81, 90),
        choice("new_code", 91, 91, _NEW_CODES),
        text("customer_number", 92, 111),
        choice("result", 112, 112, {result.value: result for result in DebitResult}),
        filler(113, 120),
    ],
).proved_for(DirectDebit)
TRAILER_LAYOUT = RecordLayout(
    "trailer",
    LENGTH,
    [
        constant("kind", 1, 1, "8"),
        number("count", 2, 7),
        yen("total_yen", 8, 19),
        number("debited_count", 20, 25),
        yen("debited_yen", 26, 37),
        number("failed_count", 38, 43),
        yen("failed_yen", 44, 55),
        filler(56, 120),
    ],
).proved_for(DebitsTrailer)
END_LAYOUT = end_layout(LENGTH)


class _Sums:
    """What was debited and what failed so far."""

    def __init__(self) -> None:
        self.counts = [0, 0]
        self.yen = [0, 0]

    def add(self, debit: DirectDebit) -> None:
        kind = int(debit.is_debited)
        self.counts[kind] += 1
        self.yen[kind] += int(debit.amount_yen)

    def add_run(self, columns: Columns) -> None:
        debited = columns.holds("result", DebitResult.DEBITED)
        for kind, where in enumerate((~debited, debited)):
            self.counts[kind] += int(where.sum())
            self.yen[kind] += columns.total("amount_yen", where)

    def trailer(self) -> DebitsTrailer:
        (failed_count, debited_count), (failed_yen, debited_yen) = self.counts, self.yen
        return DebitsTrailer(
            count=failed_count + debited_count,
            total_yen=Yen(failed_yen + debited_yen),
            debited_count=debited_count,
            debited_yen=Yen(debited_yen),
            failed_count=failed_count,
            failed_yen=Yen(failed_yen),
        )


class _Rules(BlockRules[DebitsHeader, DirectDebit]):
    layouts: ClassVar = {
        HEADER: HEADER_LAYOUT,
        DATA: DATA_LAYOUT,
        TRAILER: TRAILER_LAYOUT,
        END: END_LAYOUT,
    }
    length: ClassVar = LENGTH
    end_mark_allowed: ClassVar = True

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.sums = _Sums()
        self.lost = 0

    def open_block(self, values: list[Any]) -> tuple[DebitsHeader, list[Fault]]:
        return DebitsHeader(*values), []

    def take(self, values: list[Any], raw: bytes) -> tuple[DirectDebit, Sequence[Fault]]:
        debit = DirectDebit(*values)
        self.sums.add(debit)
        return debit, NO_FAULTS

    def take_run(self, columns: Columns) -> list[DirectDebit]:
        # No rule stands between the fields of a debit: sound fields are a sound debit.
        self.sums.add_run(columns)
        return columns.records(DirectDebit)

    def lose(self) -> None:
        self.lost += 1

    def close_block(self, values: list[Any], raw: bytes) -> list[Fault]:
        trailer, counted = DebitsTrailer(*values), self.sums.trailer()
        if not self.lost:
            return differences(TRAILER_LAYOUT, TRAILER_LAYOUT.value_names, trailer, counted)
        # Whether an unreadable debit had failed is not known: only the count of all is.
        seen = self.lost + counted.count
        asked_for = trailer.debited_count + trailer.failed_count
        claims = {"count": trailer.count, "debited_count": asked_for}
        return counts_unlike(TRAILER_LAYOUT, claims, seen, trailer)


def read_debits(source: Source) -> Iterator[DebitsHeader | DirectDebit | FileProblem]:
    """Stream headers, sound debits and problems in order; there may be several blocks."""
    return read_blocks(source, _Rules())


def load_debits(source: Source) -> LoadedFile[DebitsHeader, DirectDebit]:
    """Read a whole file of one block: header, debits, all problems."""
    return load_items(read_debits(source), DebitsHeader, DirectDebit)


def stream_debits(
    header: DebitsHeader, debits: Iterable[DirectDebit], *, line_end: bytes = NO_LINE_END
) -> Iterator[bytes]:
    """Write header, debits, trailer and end, piece by piece.

    Raises FileProblemError for a value that does not fit, a day of no calendar, a 1,000,000th
    debit.
    """
    yield HEADER_LAYOUT.encode(header) + line_end
    sums = _Sums()
    for line, debit in enumerate(debits, start=1):
        raw = encode_data(DATA_LAYOUT, debit, line)
        sums.add(debit)
        yield raw + line_end
    yield TRAILER_LAYOUT.encode(sums.trailer()) + line_end
    yield END_LAYOUT.encode(None) + line_end


def write_debits(
    header: DebitsHeader, debits: Iterable[DirectDebit], *, line_end: bytes = NO_LINE_END
) -> bytes:
    """Write a whole file; refuses as stream_debits does."""
    return b"".join(stream_debits(header, debits, line_end=line_end))
