"""The 120-byte convenience-store receipts file of variant A, as Mizuho Factor sends it.

The data record is public (DOMAIN §3.1); header, trailer and end are OWN DESIGN, as in our dialect.
A file of variant B is refused, never read askew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from shared.files.blocks import DATA, END, HEADER, TRAILER, read_blocks
from shared.files.codes import DataType
from shared.files.convenience_receipts import ReadsItsBarcode, VariantRules, stream_variant
from shared.files.framing import CRLF, Source
from shared.files.layout import (
    RecordLayout,
    choice,
    clock_time,
    constant,
    day,
    digits,
    filler,
    optional_day,
)
from shared.files.mobile_regi_receipts import (
    END_LAYOUT,
    HEADER_LAYOUT,
    LENGTH,
    TRAILER_LAYOUT,
    ReceiptsHeader,
)
from shared.files.optional_fields import optional_digits
from shared.files.problems import FileProblem, LoadedFile, load_items

# Where a data record of variant B has its barcode: one byte to the left of ours.
VARIANT_B_BARCODE = slice(15, 59)


@dataclass(frozen=True, slots=True)
class ReceiptA(ReadsItsBarcode):
    """One 速報, 確報 or 速報取消. Days are Tokyo days; `paid_at_hhmm` is wall time of `paid_on`.

    `barcode_kind` and `customer_class` are kept as they stood: no source says what they may hold.
    """

    data_type: DataType
    paid_on: date
    paid_at_hhmm: str
    barcode_kind: str
    barcode: str
    shop_code: str
    customer_class: str
    acquired_on: date
    transfer_date: date | None
    booked_on: date | None
    cvs_code: str


DATA_LAYOUT = RecordLayout(
    "data",
    LENGTH,
    [
        constant("kind", 1, 1, "2"),
        choice("data_type", 2, 3, {kind.value: kind for kind in DataType}),
        day("paid_on", 4, 11),
        clock_time("paid_at_hhmm", 12, 15),
        optional_digits("barcode_kind", 16, 16),
        digits("barcode", 17, 60),
        filler(61, 63),
        digits("shop_code", 64, 70),
        optional_digits("customer_class", 71, 72),
        day("acquired_on", 73, 80),
        optional_day("transfer_date", 81, 88),
        optional_day("booked_on", 89, 96),
        digits("cvs_code", 97, 102),
        filler(103, 120),
    ],
).proved_for(ReceiptA)


class _Rules(VariantRules[ReceiptA]):
    layouts: ClassVar = {
        HEADER: HEADER_LAYOUT,
        DATA: DATA_LAYOUT,
        TRAILER: TRAILER_LAYOUT,
        END: END_LAYOUT,
    }
    other_barcode: ClassVar = VARIANT_B_BARCODE
    other_code: ClassVar = "variant_b"
    receipt = ReceiptA


def read_receipts(source: Source) -> Iterator[ReceiptsHeader | ReceiptA | FileProblem]:
    """Stream headers, sound receipts and problems in order; there may be several blocks."""
    return read_blocks(source, _Rules())


def load_receipts(source: Source) -> LoadedFile[ReceiptsHeader, ReceiptA]:
    """Read a file of one block: header, receipts, all problems; several blocks are a problem."""
    return load_items(read_receipts(source), ReceiptsHeader, ReceiptA)


def stream_receipts_of_blocks(
    blocks: Iterable[tuple[ReceiptsHeader, Iterable[ReceiptA]]], *, line_end: bytes = CRLF
) -> Iterator[bytes]:
    """Write several header … trailer blocks and one end record, piece by piece.

    Raises FileProblemError: no_block, a value that does not fit, a barcode that no slip may bear, a
    1,000,000th receipt of a block.
    """
    return stream_variant(DATA_LAYOUT, blocks, line_end)


def stream_receipts(
    header: ReceiptsHeader, receipts: Iterable[ReceiptA], *, line_end: bytes = CRLF
) -> Iterator[bytes]:
    """Write one block and the end record; refuses as stream_receipts_of_blocks does."""
    return stream_receipts_of_blocks([(header, receipts)], line_end=line_end)


def write_receipts(
    header: ReceiptsHeader, receipts: Iterable[ReceiptA], *, line_end: bytes = CRLF
) -> bytes:
    """Write a whole file of one block; refuses as stream_receipts_of_blocks does."""
    return b"".join(stream_receipts(header, receipts, line_end=line_end))
