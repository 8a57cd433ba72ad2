"""The Zengin deposit notice 振込入金通知 (種別 01), 200 bytes: formats A and B read, A written.

Knows an account's bookings as the bank reports them (DOMAIN §4.1), not whose money it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
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
from shared.files.framing import NO_LINE_END, Run, Source
from shared.files.layout import (
    RecordLayout,
    choice,
    constant,
    digits,
    filler,
    number,
    text,
    yen,
)
from shared.files.problems import Fault, FileProblem, FileProblemError, LoadedFile, load_items
from shared.files.zengin_days import EraFields, era_day, optional_era_day
from shared.kit.money import Yen

if TYPE_CHECKING:
    from shared.files.columns import Columns

LENGTH = 200
CANCELLED = "1"
# Only 1 means something; what stood there otherwise, a space or a zero, is kept.
_CANCEL_MARKS = {" ": "", "0": "0", "1": CANCELLED}
# 1 ordinary, 2 current, 4 savings.
_ACCOUNT_TYPES = {kind: kind for kind in ("1", "2", "4")}
# Format B has two more amounts where A has EDI text and filler (DOMAIN §4.1).
FORMAT_B_AMOUNTS = slice(128, 152)


@dataclass(frozen=True, slots=True)
class DepositsHeader:
    """Which account, which days (勘定日 from, to), made when."""

    created_on: date
    period_from: date
    period_to: date
    bank_code: str
    bank_name_kana: str
    branch_code: str
    branch_name_kana: str
    account_type: str
    account_number: str
    account_name_kana: str


@dataclass(frozen=True, slots=True)
class Deposit:
    """One transfer in: 勘定日 `booked_on`, 起算日 `value_date`, and who sent it.

    `cheques_yen` is the part in cheques on other banks. A cancelled line takes back an earlier one;
    its amount is unsigned all the same.
    """

    inquiry_number: str
    booked_on: date
    value_date: date | None
    amount_yen: Yen
    cheques_yen: Yen
    remitter_code: str
    remitter_name_kana: str
    sending_bank_kana: str
    sending_branch_kana: str
    cancel_mark: str = ""
    edi: str = ""

    @property
    def is_cancelled(self) -> bool:
        """Whether 取消区分 says that this line takes back an earlier one."""
        return self.cancel_mark == CANCELLED


@dataclass(frozen=True, slots=True)
class DepositsTrailer:
    """Counts and sums of transfers and of cancellations, apart from one another."""

    count: int
    total_yen: Yen
    cancelled_count: int
    cancelled_yen: Yen


HEADER_LAYOUT = RecordLayout(
    "header",
    LENGTH,
    [
        constant("kind", 1, 1, "1"),
        constant("file_kind", 2, 3, "01"),
        constant("code_kind", 4, 4, "0"),
        era_day("created_on", 5, 10),
        era_day("period_from", 11, 16),
        era_day("period_to", 17, 22),
        digits("bank_code", 23, 26),
        text("bank_name_kana", 27, 41),
        digits("branch_code", 42, 44),
        text("branch_name_kana", 45, 59),
        choice("account_type", 60, 60, _ACCOUNT_TYPES),
        digits("account_number", 61, 67),
        text("account_name_kana", 68, 107),
        filler(108, 200),
    ],
).proved_for(DepositsHeader)
_BOTH_FORMATS = (
    constant("kind", 1, 1, "2"),
    digits("inquiry_number", 2, 7),
    era_day("booked_on", 8, 13),
    optional_era_day("value_date", 14, 19),
    yen("amount_yen", 20, 29),
    yen("cheques_yen", 30, 39),
    digits("remitter_code", 40, 49),
    text("remitter_name_kana", 50, 97),
    text("sending_bank_kana", 98, 112),
    text("sending_branch_kana", 113, 127),
    choice("cancel_mark", 128, 128, _CANCEL_MARKS),
)
DATA_LAYOUT = RecordLayout(
    "data", LENGTH, [*_BOTH_FORMATS, text("edi", 129, 148), filler(149, 200)]
).proved_for(Deposit)
DATA_LAYOUT_B = RecordLayout(
    "data",
    LENGTH,
    [
        *_BOTH_FORMATS,
        yen("amount_2_yen", 129, 140),
        yen("cheques_2_yen", 141, 152),
        text("edi", 153, 172),
        filler(173, 200),
    ],
)
TRAILER_LAYOUT = RecordLayout(
    "trailer",
    LENGTH,
    [
        constant("kind", 1, 1, "8"),
        number("count", 2, 7),
        yen("total_yen", 8, 19),
        number("cancelled_count", 20, 25),
        yen("cancelled_yen", 26, 37),
        filler(38, 200),
    ],
).proved_for(DepositsTrailer)
END_LAYOUT = end_layout(LENGTH)
AMOUNT_AT, CHEQUES_AT = 3, 4
AMOUNT_2_AT, CHEQUES_2_AT = 10, 11


class _Sums:
    """Transfers and cancellations counted so far."""

    def __init__(self) -> None:
        self.counts = [0, 0]
        self.yen = [0, 0]

    def add(self, deposit: Deposit) -> None:
        kind = int(deposit.is_cancelled)
        self.counts[kind] += 1
        self.yen[kind] += int(deposit.amount_yen)

    def add_run(self, columns: Columns) -> None:
        cancelled = columns.holds("cancel_mark", CANCELLED)
        for kind, where in enumerate((~cancelled, cancelled)):
            self.counts[kind] += int(where.sum())
            self.yen[kind] += columns.total("amount_yen", where)

    def trailer(self) -> DepositsTrailer:
        return DepositsTrailer(self.counts[0], Yen(self.yen[0]), self.counts[1], Yen(self.yen[1]))


class _Rules(BlockRules[DepositsHeader, Deposit]):
    layouts: ClassVar = {
        HEADER: HEADER_LAYOUT,
        DATA: DATA_LAYOUT,
        TRAILER: TRAILER_LAYOUT,
        END: END_LAYOUT,
    }
    length: ClassVar = LENGTH
    end_mark_allowed: ClassVar = True

    def __init__(self, received_on: date) -> None:
        header_days = ("created_on", "period_from", "period_to")
        self.header_days = EraFields(HEADER_LAYOUT, header_days, received_on)
        # Format B's second amounts are folded away first: its days stand where format A has them.
        self.days = EraFields(DATA_LAYOUT, ("booked_on", "value_date"), received_on)
        self.format: RecordLayout | None = None
        self.begin()

    def begin(self) -> None:
        self.sums = _Sums()
        self.lost = 0

    def data_layout(self, image: str) -> RecordLayout:
        return DATA_LAYOUT_B if image[FORMAT_B_AMOUNTS].isdigit() else DATA_LAYOUT

    def run_layout(self, run: Run) -> RecordLayout | None:
        # Where format B's amounts end, format A has filler; the layout sees to the other digits.
        lasts = run.data[FORMAT_B_AMOUNTS.stop - 1 :: run.stride]
        if lasts.isspace():
            return DATA_LAYOUT
        return DATA_LAYOUT_B if lasts.isdigit() else None

    def open_block(self, values: list[Any]) -> tuple[DepositsHeader | None, list[Fault]]:
        faults = self.header_days.read_in_place(values)
        if faults:
            return None, faults
        header = DepositsHeader(*values)
        if header.period_to < header.period_from:
            faults.append(HEADER_LAYOUT.fault("period_to", "period_backwards", header.period_to))
        return header, faults

    def take(self, values: list[Any], raw: bytes) -> tuple[Deposit | None, Sequence[Fault]]:
        layout, faults = DATA_LAYOUT, []
        if len(values) > len(DATA_LAYOUT.value_names):
            layout = DATA_LAYOUT_B
            faults = _fold_second_amounts(values)
        faults += self.days.read_in_place(values)
        if self.format not in {None, layout}:
            faults.append(layout.fault("edi", "mixed_formats", ""))
        self.format = self.format or layout
        if faults:
            self.lost += 1
            return None, faults
        deposit = Deposit(*values)
        self.sums.add(deposit)
        return deposit, NO_FAULTS

    def take_run(self, columns: Columns) -> list[Deposit] | None:
        """Take a run of format A; format B, which no bank of ours sends, goes record by record."""
        if columns.layout is not DATA_LAYOUT or self.format not in {None, DATA_LAYOUT}:
            return None
        if not self.days.read_columns(columns):
            return None
        self.format = DATA_LAYOUT
        self.sums.add_run(columns)
        return columns.records(Deposit)

    def lose(self) -> None:
        self.lost += 1

    def close_block(self, values: list[Any], raw: bytes) -> list[Fault]:
        trailer, counted = DepositsTrailer(*values), self.sums.trailer()
        if self.lost:
            # Which of the two sums an unreadable line belongs to is not known: only the count is.
            seen = self.lost + counted.count + counted.cancelled_count
            if trailer.count + trailer.cancelled_count != seen:
                return [TRAILER_LAYOUT.fault("count", "count_mismatch", trailer.count)]
            return []
        return [
            TRAILER_LAYOUT.fault(
                name,
                "total_mismatch" if name.endswith("_yen") else "count_mismatch",
                getattr(trailer, name),
            )
            for name in TRAILER_LAYOUT.value_names
            if getattr(trailer, name) != getattr(counted, name)
        ]


def _fold_second_amounts(values: list[Any]) -> list[Fault]:
    """Take format B's wider amounts into the first ones; two that are filled must be equal (bg)."""
    faults = []
    for first, second, name in (
        (AMOUNT_AT, AMOUNT_2_AT, "amount_2_yen"),
        (CHEQUES_AT, CHEQUES_2_AT, "cheques_2_yen"),
    ):
        if values[first] and values[second] and values[first] != values[second]:
            faults.append(DATA_LAYOUT_B.fault(name, "amounts_differ", values[second]))
        values[first] = values[second] or values[first]
    del values[AMOUNT_2_AT : CHEQUES_2_AT + 1]
    return faults


def read_deposits(
    source: Source, *, received_on: date
) -> Iterator[DepositsHeader | Deposit | FileProblem]:
    """Stream headers, sound deposits and problems in order; there may be several accounts.

    Era dates are read within about ten years before and one after `received_on`.
    """
    return read_blocks(source, _Rules(received_on))


def load_deposits(source: Source, *, received_on: date) -> LoadedFile[DepositsHeader, Deposit]:
    """Read a whole notice of one account: header, deposits, all problems."""
    return load_items(read_deposits(source, received_on=received_on), DepositsHeader, Deposit)


def stream_deposits(
    header: DepositsHeader, deposits: Iterable[Deposit], *, line_end: bytes = NO_LINE_END
) -> Iterator[bytes]:
    """Write header, deposits, trailer and end in format A, piece by piece.

    Raises FileProblemError for a value that does not fit.
    """
    if header.period_to < header.period_from:
        raise FileProblemError("period_to", "period_backwards", header.period_to)
    yield HEADER_LAYOUT.encode(header) + line_end
    sums = _Sums()
    for line, deposit in enumerate(deposits, start=1):
        raw = encode_data(DATA_LAYOUT, deposit, line)
        sums.add(deposit)
        yield raw + line_end
    yield TRAILER_LAYOUT.encode(sums.trailer()) + line_end
    yield END_LAYOUT.encode(None) + line_end


def write_deposits(
    header: DepositsHeader, deposits: Iterable[Deposit], *, line_end: bytes = NO_LINE_END
) -> bytes:
    """Write a whole notice in format A; refuses as stream_deposits does."""
    return b"".join(stream_deposits(header, deposits, line_end=line_end))
