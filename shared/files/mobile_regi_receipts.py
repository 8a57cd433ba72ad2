"""The 120-byte receipts file of Mobile Regi: our dialect of variant B, OWN DESIGN (DOMAIN §3.4).

Knows one channel's receipts as bytes; whether a slip exists or a 03 has its 01, the ward knows.
A file of variant A is refused, never read askew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from shared.files.barcode_columns import BarcodeColumns
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
from shared.files.codes import DataType
from shared.files.framing import CRLF, Source
from shared.files.layout import (
    Field,
    RecordLayout,
    choice,
    clock_time,
    constant,
    day,
    digits,
    filler,
    number,
    optional_day,
    text,
    yen,
)
from shared.files.problems import (
    Fault,
    FileProblem,
    FileProblemError,
    LoadedFile,
    load_items,
)
from shared.files.values import Writer, number_writer
from shared.keys.barcode import (
    Barcode,
    barcode_amount_yen,
    demand_barcode_form,
    demand_barcode_rules,
    read_barcode,
)
from shared.keys.channels import CHANNEL_OF_CHAIN_CODE, Channel
from shared.keys.problems import KeyProblem
from shared.kit.money import Yen

if TYPE_CHECKING:
    from shared.files.columns import Columns

LENGTH = 120
NO_FILE_SEQUENCE = " " * 6
_DATA_TYPES = {kind.value: kind for kind in DataType}
_CANCEL_REASONS: dict[str, int | None] = {" ": None, "1": 1, "2": 2, "3": 3}
# Where a data record of variant A has its barcode: one byte to the right of ours (DOMAIN §3.1).
VARIANT_A_BARCODE = slice(16, 60)


@dataclass(frozen=True, slots=True)
class ReceiptsHeader:
    """Who sends whose receipts. `file_sequence` is None in a foreign file that does not number."""

    created_on: date
    agent_code: str
    company_code: str
    company_name_kana: str
    file_sequence: int | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """One 速報, 確報 or 速報取消. Days are Tokyo days; `paid_at_hhmm` is wall time of `paid_on`."""

    data_type: DataType
    paid_on: date
    paid_at_hhmm: str
    barcode: str
    shop_code: str
    acquired_on: date
    transfer_date: date | None
    booked_on: date | None
    channel: Channel
    cancel_reason: int | None = None

    @property
    def amount_yen(self) -> Yen:
        """The amount: positions 38-43 of the barcode; the record has no amount of its own."""
        return barcode_amount_yen(self.barcode)

    @property
    def barcode_parts(self) -> Barcode:
        """What the barcode says; raises KeyProblem for one that no slip may bear."""
        return read_barcode(self.barcode)


@dataclass(frozen=True, slots=True)
class ReceiptsTrailer:
    """Counts and sums of one block, every data type together, unsigned."""

    count: int
    total_yen: Yen


def _read_sequence(part: str) -> int | None:
    return None if part == NO_FILE_SEQUENCE else int(part)


def _sequence_writer() -> Writer:
    write_number = number_writer(6)

    def write(value: object) -> str:
        return NO_FILE_SEQUENCE if value is None else write_number(value)

    return write


FILE_SEQUENCE = Field(
    "file_sequence", 60, 65, "(?:[0-9]{6}| {6})", "not_digits", _read_sequence, _sequence_writer()
)
HEADER_LAYOUT = RecordLayout(
    "header",
    LENGTH,
    [
        constant("kind", 1, 1, "1"),
        day("created_on", 2, 9),
        digits("agent_code", 10, 14),
        digits("company_code", 15, 19),
        text("company_name_kana", 20, 59),
        FILE_SEQUENCE,
        filler(66, 120),
    ],
).proved_for(ReceiptsHeader)
DATA_LAYOUT = RecordLayout(
    "data",
    LENGTH,
    [
        constant("kind", 1, 1, "2"),
        choice("data_type", 2, 3, _DATA_TYPES),
        day("paid_on", 4, 11),
        clock_time("paid_at_hhmm", 12, 15),
        digits("barcode", 16, 59),
        filler(60, 62),
        digits("shop_code", 63, 69),
        day("acquired_on", 70, 77),
        optional_day("transfer_date", 78, 85),
        filler(86, 93),
        optional_day("booked_on", 94, 101),
        choice("channel", 102, 105, CHANNEL_OF_CHAIN_CODE),
        choice("cancel_reason", 106, 106, _CANCEL_REASONS),
        filler(107, 120),
    ],
).proved_for(Receipt)
TRAILER_LAYOUT = RecordLayout(
    "trailer",
    LENGTH,
    [
        constant("kind", 1, 1, "8"),
        number("count", 2, 7),
        yen("total_yen", 8, 19),
        filler(20, 120),
    ],
).proved_for(ReceiptsTrailer)
END_LAYOUT = end_layout(LENGTH)


class _Rules(BlockRules[ReceiptsHeader, Receipt]):
    layouts: ClassVar = {
        HEADER: HEADER_LAYOUT,
        DATA: DATA_LAYOUT,
        TRAILER: TRAILER_LAYOUT,
        END: END_LAYOUT,
    }
    length: ClassVar = LENGTH

    def __init__(self) -> None:
        self.channel: Channel | None = None
        self.barcodes = BarcodeColumns()
        self.begin()

    def begin(self) -> None:
        self.count = 0
        self.total = 0
        self.all_read = True

    def open_block(self, values: list[Any]) -> tuple[ReceiptsHeader, list[Fault]]:
        return ReceiptsHeader(*values), []

    def take(self, values: list[Any], raw: bytes) -> tuple[Receipt, Sequence[Fault]]:
        receipt = Receipt(*values)
        self.count += 1
        self.total += int(receipt.barcode[37:43])
        faults = faults_of_receipt(receipt)
        if receipt.channel is not self.channel:
            if self.channel is None:
                self.channel = receipt.channel
            else:
                faults = [*faults, DATA_LAYOUT.fault("channel", "mixed_channels", receipt.channel)]
        return receipt, faults

    def take_run(self, columns: Columns) -> list[Receipt] | None:
        channels = columns["channel"]
        cancelled = columns.holds("data_type", DataType.CANCELLED)
        if (
            channels.count(self.channel or channels[0]) != len(columns)
            or (cancelled == columns.holds("cancel_reason", " ")).any()
            or (total := self.barcodes.total_yen(columns)) is None
        ):
            return None
        self.channel = channels[0]
        self.count += len(columns)
        self.total += total
        return columns.records(Receipt)

    def diagnose(self, layout: RecordLayout, image: str) -> list[Fault]:
        if layout is DATA_LAYOUT and _is_variant_a(image):
            return [DATA_LAYOUT.fault("barcode", "variant_a", image[15:18])]
        return layout.diagnose(image)

    def lose(self) -> None:
        self.count += 1
        self.all_read = False

    def close_block(self, values: list[Any], raw: bytes) -> list[Fault]:
        trailer = ReceiptsTrailer(*values)
        faults = []
        if trailer.count != self.count:
            faults.append(TRAILER_LAYOUT.fault("count", "count_mismatch", trailer.count))
        if self.all_read and trailer.total_yen != self.total:
            faults.append(TRAILER_LAYOUT.fault("total_yen", "total_mismatch", trailer.total_yen))
        return faults


def faults_of_receipt(receipt: Receipt) -> Sequence[Fault]:
    """Return what is wrong between the fields of a receipt, the barcode's own rules included."""
    faults = []
    try:
        demand_barcode_form(receipt.barcode)
        demand_barcode_rules(receipt.barcode)
    except KeyProblem as problem:
        # A cap or a limit date that no slip may bear is a matter for a clerk: the money has moved.
        structural = problem.code in {"malformed_barcode", "wrong_check_digit"}
        faults.append(
            DATA_LAYOUT.fault("barcode", problem.code, receipt.barcode, structural=structural)
        )
    if (receipt.data_type == DataType.CANCELLED) != (receipt.cancel_reason is not None):
        faults.append(
            DATA_LAYOUT.fault("cancel_reason", "reason_only_with_03", receipt.cancel_reason)
        )
    return faults or NO_FAULTS


def _is_variant_a(image: str) -> bool:
    """Tell whether `91` and a whole check digit stand where variant A has them, not B."""
    if image.startswith("91", 15):
        return False
    try:
        demand_barcode_form(image[VARIANT_A_BARCODE])
    except KeyProblem:
        return False
    return True


def read_receipts(source: Source) -> Iterator[ReceiptsHeader | Receipt | FileProblem]:
    """Stream headers, sound receipts and problems in order; there may be several blocks."""
    return read_blocks(source, _Rules())


def load_receipts(source: Source) -> LoadedFile[ReceiptsHeader, Receipt]:
    """Read a day file of one block: header, receipts, all problems."""
    return load_items(read_receipts(source), ReceiptsHeader, Receipt)


def stream_receipts(
    header: ReceiptsHeader, receipts: Iterable[Receipt], *, line_end: bytes = CRLF
) -> Iterator[bytes]:
    """Write one block and the end record, piece by piece, in the order given.

    Raises FileProblemError for a value that does not fit, a second channel, a 1,000,000th receipt.
    """
    yield HEADER_LAYOUT.encode(header) + line_end
    channel: Channel | None = None
    count, total = 0, 0
    for count, receipt in enumerate(receipts, start=1):
        raw = encode_data(DATA_LAYOUT, receipt, count)
        channel = channel or receipt.channel
        if receipt.channel != channel:
            raise FileProblemError("channel", "mixed_channels", receipt.channel, line=count)
        for fault in faults_of_receipt(receipt):
            raise FileProblemError(fault.field, fault.code, fault.value, line=count)
        total += int(receipt.barcode[37:43])
        yield raw + line_end
    yield TRAILER_LAYOUT.encode(ReceiptsTrailer(count, Yen(total))) + line_end
    yield END_LAYOUT.encode(None) + line_end


def write_receipts(
    header: ReceiptsHeader, receipts: Iterable[Receipt], *, line_end: bytes = CRLF
) -> bytes:
    """Write a whole day file; refuses as stream_receipts does."""
    return b"".join(stream_receipts(header, receipts, line_end=line_end))
