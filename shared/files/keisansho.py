"""`keisansho.csv`: the statement 計算書 that comes with every pay-in, OWN DESIGN (DOMAIN §7).

Knows pay-ins and their breakdown by 賦課年度 and 期, which is what the keys carry; the payers of
money cannot know 節 (BOOKS §1.12). Whether the money came is known by others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from shared.files.csv_reading import AcrossRows
from shared.files.csv_tables import (
    CsvTable,
    FileTotals,
    choice_column,
    day_column,
    number_column,
    optional_padded_column,
    text_column,
    yen_column,
)
from shared.files.framing import Source
from shared.files.problems import Fault, FileProblem, LoadedFile, load_rows
from shared.keys.channels import CHANNEL_OF_CODE, Channel
from shared.kit.money import Yen

PayIn = tuple[str, str, str, date, date, date]
Part = tuple[int, int]


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of a pay-in: a levy year and an instalment, or the total of the pay-in.

    The total stands last, under its parts; its levy year and instalment are empty (None). Days are
    Tokyo days, the collection dates 収納日 are `collected_from` to `collected_to`, both included.
    """

    record_no: int
    municipality: str
    channel: Channel
    remitter_code: str
    collected_from: date
    collected_to: date
    paid_in_on: date
    levy_year: int | None
    instalment: int | None
    count: int
    amount_yen: Yen

    @property
    def is_total(self) -> bool:
        """Whether this line is the total of its pay-in."""
        return self.levy_year is None and self.instalment is None

    @property
    def pay_in(self) -> PayIn:
        """Which pay-in this line belongs to; pay-ins stand in the order of these values."""
        return (
            self.municipality,
            self.channel.code,
            self.remitter_code,
            self.collected_from,
            self.collected_to,
            self.paid_in_on,
        )


def _faults(row: StatementLine, row_no: int) -> Iterator[Fault]:
    if row.record_no != row_no:
        yield TABLE.fault("record_no", "record_out_of_sequence", row.record_no)
    if row.collected_from > row.collected_to:
        yield TABLE.fault("collected_to", "period_reversed", row.collected_to)
    if row.collected_to > row.paid_in_on:
        yield TABLE.fault("paid_in_on", "paid_in_before_collected", row.paid_in_on)
    if (row.levy_year is None) != (row.instalment is None):
        yield TABLE.fault("instalment", "part_half_told", row.instalment)
    if row.count == 0 and row.amount_yen != 0:
        yield TABLE.fault("count", "amount_without_count", row.amount_yen)


class _PayIns(AcrossRows[StatementLine]):
    """Every pay-in of a file: its parts stand together, rise, and add up to the total under them.

    The parts of one pay-in are held until its total; nothing grows with the file.
    """

    def __init__(self) -> None:
        self._municipality: str | None = None
        self._last: PayIn | None = None
        self._begin(all_read=True)

    def _begin(self, *, all_read: bool) -> None:
        self._open: PayIn | None = None
        self._part: Part | None = None
        self._count = 0
        self._total = 0
        self._all_read = all_read

    def skip(self) -> None:
        """A line that could not be read: the sums up to the next total cannot be judged."""
        self._all_read = False

    def take(self, row: StatementLine) -> Iterator[Fault]:
        """Yield what contradicts the lines before."""
        if self._municipality is None:
            self._municipality = row.municipality
        if row.municipality != self._municipality:
            yield TABLE.fault("municipality", "several_municipalities", row.municipality)
        if self._open is not None and row.pay_in != self._open:
            yield from self.end()
            self._begin(all_read=self._all_read)
        if self._open is None:
            yield from self._opened(row.pay_in)
        yield from self._totalled(row) if row.is_total else self._added(row)

    def _opened(self, pay_in: PayIn) -> Iterator[Fault]:
        if self._last is not None and pay_in <= self._last:
            code = "duplicate_pay_in" if pay_in == self._last else "pay_ins_out_of_order"
            yield TABLE.fault("paid_in_on", code, pay_in[-1])
        self._open = self._last = pay_in

    def _added(self, row: StatementLine) -> Iterator[Fault]:
        part = (row.levy_year or 0, row.instalment or 0)
        if self._part is not None and part <= self._part:
            code = "duplicate_part" if part == self._part else "parts_out_of_order"
            yield TABLE.fault("instalment", code, row.instalment)
        self._part = part
        self._count += row.count
        self._total += int(row.amount_yen)

    def _totalled(self, row: StatementLine) -> Iterator[Fault]:
        if self._all_read and row.count != self._count:
            yield TABLE.fault("count", "count_mismatch", row.count)
        if self._all_read and row.amount_yen != self._total:
            yield TABLE.fault("amount_yen", "total_mismatch", row.amount_yen)
        self._begin(all_read=True)

    def end(self) -> Iterator[Fault]:
        """Yield a fault if a pay-in has no total, and no line was unreadable that might be it."""
        if self._open is not None and self._all_read:
            yield TABLE.fault("paid_in_on", "pay_in_without_total", self._open[-1])


TABLE: CsvTable[StatementLine] = CsvTable(
    StatementLine,
    [
        number_column("record_no", "record_no", 6),
        text_column("municipality", "municipality", "[0-9]{6}", "not_digits"),
        choice_column("channel", "channel", CHANNEL_OF_CODE),
        text_column("remitter_code", "remitter_code", "[0-9]{10}", "not_digits"),
        day_column("shuno_bi_from", "collected_from"),
        day_column("shuno_bi_to", "collected_to"),
        day_column("haraikomi_bi", "paid_in_on"),
        optional_padded_column("fuka_nendo", "levy_year", 4),
        optional_padded_column("ki", "instalment", 2),
        number_column("count", "count", 6),
        yen_column("amount", "amount_yen"),
    ],
    rules=_faults,
    amount=lambda row: 0 if row.is_total else row.amount_yen,
    across=_PayIns,
)


def read_keisansho(
    source: Source, expected: FileTotals | None = None
) -> Iterator[StatementLine | FileProblem]:
    """Stream lines and problems; `expected` are the totals that travelled beside the file."""
    return TABLE.read(source, expected)


def load_keisansho(
    source: Source, expected: FileTotals | None = None
) -> LoadedFile[list[str], StatementLine]:
    """Read a whole statement: column names, lines, all problems."""
    return load_rows(TABLE.names, read_keisansho(source, expected))


def write_keisansho(rows: Iterable[StatementLine]) -> bytes:
    """Write a whole statement; FileProblemError for a line that cannot be written exactly."""
    return b"".join(TABLE.stream(rows))


def keisansho_totals(data: bytes, rows: Iterable[StatementLine]) -> FileTotals:
    """Return lines, sum of the parts' yen and SHA-256, to travel beside the statement."""
    return TABLE.totals(data, rows)
