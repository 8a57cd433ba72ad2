"""`suito_nippyo.csv`: a cashier's day sheet 出納日報, OWN DESIGN (DOMAIN §7; BOOKS §2.1).

Knows what was taken at the ward's own counters (KUC 課窓口, SHU 特別出張所) on one day; whether it
was paid in is known by others. A reason is a code: there is no free text in it.
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
from shared.keys.channels import Channel
from shared.kit.money import Yen

COUNTERS = {channel.code: channel for channel in (Channel.WARD_COUNTER, Channel.BRANCH_OFFICE)}
Counter = tuple[str, str]


@dataclass(frozen=True, slots=True)
class CounterLine:
    """One receipt taken over a counter, one taken back, or the total of a counter's day.

    A correction names the receipt that it takes back (`correction_of`) and why (`reason`, a code):
    its yen count against the total. What is paid instead is a receipt of its own. The total stands
    last under its counter; everything that tells a receipt is empty in it. Yen are unsigned.
    """

    record_no: int
    office_code: str
    channel: Channel
    collected_on: date
    receipt_number: str
    notice_number: str
    levy_year: int | None
    instalment: int | None
    amount_yen: Yen
    correction_of: str
    reason: str

    @property
    def is_total(self) -> bool:
        """Whether this line is the total of its counter."""
        return self.receipt_number == ""

    @property
    def signed_yen(self) -> int:
        """What this line adds to its counter's total: a correction takes away, a total nothing."""
        if self.is_total:
            return 0
        return -int(self.amount_yen) if self.correction_of else int(self.amount_yen)

    @property
    def counter(self) -> Counter:
        """The counter at which it was taken: channel code and office code."""
        return self.channel.code, self.office_code


def _faults(row: CounterLine, row_no: int) -> Iterator[Fault]:
    if row.record_no != row_no:
        yield TABLE.fault("record_no", "record_out_of_sequence", row.record_no)
    if row.channel is Channel.BRANCH_OFFICE and not row.office_code:
        yield TABLE.fault("office_code", "branch_without_office_code", "")
    if (row.correction_of == "") != (row.reason == ""):
        yield TABLE.fault("reason", "correction_half_told", row.reason)
    if row.correction_of and row.correction_of == row.receipt_number:
        yield TABLE.fault("correction_of", "corrects_itself", row.correction_of)
    told = (row.notice_number != "", row.levy_year is not None, row.instalment is not None)
    if row.is_total:
        if any(told) or row.correction_of:
            yield TABLE.fault("receipt_number", "total_tells_a_receipt", "")
        return
    if not all(told):
        yield TABLE.fault("notice_number", "receipt_half_told", row.notice_number)
    if row.amount_yen == 0:
        yield TABLE.fault("amount_yen", "receipt_of_nothing", row.amount_yen)


class _Counters(AcrossRows[CounterLine]):
    """The counters of a sheet, each with its lines together and its total under them, of one day.

    A sheet sums one counter at a time; nothing grows with the file.
    """

    def __init__(self) -> None:
        self._day: date | None = None
        self._last: Counter | None = None
        self._begin(all_read=True)

    def _begin(self, *, all_read: bool) -> None:
        self._open: Counter | None = None
        self._total = 0
        self._all_read = all_read

    def skip(self) -> None:
        """A line that could not be read: the sum up to the next total cannot be judged."""
        self._all_read = False

    def take(self, row: CounterLine) -> Iterator[Fault]:
        """Yield what contradicts the lines before."""
        if self._day is None:
            self._day = row.collected_on
        if row.collected_on != self._day:
            yield TABLE.fault("collected_on", "several_days", row.collected_on)
        if self._open is not None and row.counter != self._open:
            yield from self.end()
            self._begin(all_read=self._all_read)
        if self._open is None:
            yield from self._opened(row.counter)
        if not row.is_total:
            self._total += row.signed_yen
            return
        if self._all_read and row.amount_yen != self._total:
            yield TABLE.fault("amount_yen", "total_mismatch", row.amount_yen)
        self._begin(all_read=True)

    def _opened(self, counter: Counter) -> Iterator[Fault]:
        if self._last is not None and counter <= self._last:
            code = "duplicate_counter" if counter == self._last else "counters_out_of_order"
            yield TABLE.fault("office_code", code, counter[1])
        self._open = self._last = counter

    def end(self) -> Iterator[Fault]:
        """Yield a fault if a counter has no total, and no line was unreadable that might be it."""
        if self._open is not None and self._all_read:
            yield TABLE.fault("office_code", "counter_without_total", self._open[1])


_RECEIPT = "(?:[0-9A-Z][0-9A-Z-]{0,19})?"
TABLE: CsvTable[CounterLine] = CsvTable(
    CounterLine,
    [
        number_column("record_no", "record_no", 6),
        text_column("office_code", "office_code", "[0-9A-Z]{0,8}", "malformed_code"),
        choice_column("channel", "channel", COUNTERS),
        day_column("ryoshu_bi", "collected_on"),
        text_column("receipt_no", "receipt_number", _RECEIPT, "malformed_receipt_number"),
        text_column("tsuchisho_no", "notice_number", "(?:[0-9]{9})?", "malformed_notice_number"),
        optional_padded_column("fuka_nendo", "levy_year", 4),
        optional_padded_column("ki", "instalment", 2),
        yen_column("amount", "amount_yen"),
        text_column("correction_of", "correction_of", _RECEIPT, "malformed_receipt_number"),
        text_column("reason", "reason", "[0-9A-Z]{0,8}", "malformed_code"),
    ],
    rules=_faults,
    amount=lambda row: row.signed_yen,
    across=_Counters,
)


def read_suito_nippyo(
    source: Source, expected: FileTotals | None = None
) -> Iterator[CounterLine | FileProblem]:
    """Stream lines and problems; `expected` are the totals that travelled beside the file."""
    return TABLE.read(source, expected)


def load_suito_nippyo(
    source: Source, expected: FileTotals | None = None
) -> LoadedFile[list[str], CounterLine]:
    """Read a whole sheet: column names, lines, all problems."""
    return load_rows(TABLE.names, read_suito_nippyo(source, expected))


def write_suito_nippyo(rows: Iterable[CounterLine]) -> bytes:
    """Write a whole sheet; FileProblemError for a line that cannot be written exactly."""
    return b"".join(TABLE.stream(rows))


def suito_nippyo_totals(data: bytes, rows: Iterable[CounterLine]) -> FileTotals:
    """Return lines, net yen taken and SHA-256, to travel beside the sheet."""
    return TABLE.totals(data, rows)
