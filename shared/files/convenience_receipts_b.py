"""The 120-byte convenience-store receipts file of variant B, as foreign agencies send it.

The data record and most of the header are public (DOMAIN §3.1); trailer and end are OWN DESIGN, as
in our own dialect of variant B, mobile_regi_receipts. A file of variant A is refused.
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
    VARIANT_A_BARCODE,
    ReceiptsHeader,
)
from shared.files.optional_fields import optional_digits
from shared.files.problems import FileProblem, LoadedFile, load_items


@dataclass(frozen=True, slots=True)
class ReceiptB(ReadsItsBarcode):
    """One 速報, 確報 or 速報取消. Days are Tokyo days; `paid_at_hhmm` is wall time of `paid_on`.

    Receipts of several chains ride in one file; `cvs_code` tells them apart. `unnamed` (86-93) is
    kept as it stood: eight digits or nothing, which no source names.
    """

    data_type: DataType
    paid_on: date
    paid_at_hhmm: str
    barcode: str
    shop_code: str
    acquired_on: date
    transfer_date: date | None
    unnamed: str
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
        digits("barcode", 16, 59),
        filler(60, 62),
        digits("shop_code", 63, 69),
        day("acquired_on", 70, 77),
        optional_day("transfer_date", 78, 85),
        optional_digits("unnamed", 86, 93),
        optional_day("booked_on", 94, 101),
        digits("cvs_code", 102, 105),
        filler(106, 120),
    ],
).proved_for(ReceiptB)


class _Rules(VariantRules[ReceiptB]):
    layouts: ClassVar = {
        HEADER: HEADER_LAYOUT,
        DATA: DATA_LAYOUT,
        TRAILER: TRAILER_LAYOUT,
        END: END_LAYOUT,
    }
    other_barcode: ClassVar = VARIANT_A_BARCODE
    other_code: ClassVar = "variant_a"
    receipt = ReceiptB


def read_receipts(source: Source) -> Iterator[ReceiptsHeader | ReceiptB | FileProblem]:
    """Stream headers, sound receipts and problems in order; there may be several blocks."""
    return read_blocks(source, _Rules())


def load_receipts(source: Source) -> LoadedFile[ReceiptsHeader, ReceiptB]:
    """Read a file of one block: header, receipts, all problems; several blocks are a problem."""
    return load_items(read_receipts(source), ReceiptsHeader, ReceiptB)


def stream_receipts_of_blocks(
    blocks: Iterable[tuple[ReceiptsHeader, Iterable[ReceiptB]]], *, line_end: bytes = CRLF
) -> Iterator[bytes]:
    """Write several header … trailer blocks and one end record, piece by piece.

    Raises FileProblemError: no_block, a value that does not fit, a barcode that no slip may bear, a
    1,000,000th receipt of a block.
    """
    return stream_variant(DATA_LAYOUT, blocks, line_end)


def stream_receipts(
    header: ReceiptsHeader, receipts: Iterable[ReceiptB], *, line_end: bytes = CRLF
) -> Iterator[bytes]:
    """Write one block and the end record; refuses as stream_receipts_of_blocks does."""
    return stream_receipts_of_blocks([(header, receipts)], line_end=line_end)


def write_receipts(
    header: ReceiptsHeader, receipts: Iterable[ReceiptB], *, line_end: bytes = CRLF
) -> bytes:
    """Write a whole file of one block; refuses as stream_receipts_of_blocks does."""
    return b"".join(stream_receipts(header, receipts, line_end=line_end))
