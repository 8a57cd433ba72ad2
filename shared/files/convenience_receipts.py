"""What the two 120-byte variants of convenience-store receipts share: frame, sums, barcode rules.

Header, trailer and end are those of our own dialect (OWN DESIGN, DOMAIN §3.4), for no source gives
them; where a data record has its fields, each variant knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from shared.files.barcode_columns import BarcodeColumns
from shared.files.blocks import DATA, NO_FAULTS, BlockRules, encode_data
from shared.files.layout import RecordLayout
from shared.files.mobile_regi_receipts import (
    END_LAYOUT,
    HEADER_LAYOUT,
    LENGTH,
    TRAILER_LAYOUT,
    ReceiptsHeader,
    ReceiptsTrailer,
)
from shared.files.problems import Fault, FileProblemError
from shared.files.trailers import differences
from shared.keys.barcode import (
    Barcode,
    barcode_amount_yen,
    demand_barcode_form,
    demand_barcode_rules,
    read_barcode,
)
from shared.keys.problems import KeyProblem
from shared.kit.money import Yen

if TYPE_CHECKING:
    from shared.files.columns import Columns


class WithBarcode(Protocol):
    """A receipt of either variant."""

    @property
    def barcode(self) -> str:
        """The 44 digits."""
        ...


class ReadsItsBarcode:
    """What a receipt of either variant knows from its 44 digits alone."""

    __slots__ = ()

    @property
    def amount_yen(self: WithBarcode) -> Yen:
        """The amount: positions 38-43 of the barcode; the record has no amount of its own."""
        return barcode_amount_yen(self.barcode)

    @property
    def barcode_parts(self: WithBarcode) -> Barcode:
        """What the barcode says; raises KeyProblem for one that no slip may bear."""
        return read_barcode(self.barcode)


R = TypeVar("R", bound=WithBarcode)

# The digits themselves are damaged; every other code is about what they say.
BARCODE_FAULTS = frozenset({"malformed_barcode", "wrong_check_digit"})


class _Sums:
    """The receipts of one block, every data type together, unsigned."""

    def __init__(self) -> None:
        self.count = 0
        self.total = 0

    def add(self, barcode: str) -> None:
        self.count += 1
        self.total += int(barcode[37:43])

    def trailer(self) -> ReceiptsTrailer:
        return ReceiptsTrailer(self.count, Yen(self.total))


class VariantRules(BlockRules[ReceiptsHeader, R]):
    """The rules of both variants.

    `other_barcode` is where the other variant has its barcode, `other_code` the refusal of it,
    `receipt` the variant's record.
    """

    length: ClassVar = LENGTH
    other_barcode: ClassVar[slice]
    other_code: ClassVar[str]
    receipt: type[R]

    def __init__(self) -> None:
        self.barcodes = BarcodeColumns()
        self.begin()

    def begin(self) -> None:
        """Start a block: sums go back to zero."""
        self.sums = _Sums()
        self.all_read = True

    def open_block(self, values: list[Any]) -> tuple[ReceiptsHeader, list[Fault]]:
        """Take a header."""
        return ReceiptsHeader(*values), []

    def take(self, values: list[Any], raw: bytes) -> tuple[R, Sequence[Fault]]:
        """Take a receipt; one whose barcode no slip may bear is handed on beside its problem."""
        receipt = self.receipt(*values)
        self.sums.add(receipt.barcode)
        return receipt, faults_of_barcode(self.layouts[DATA], receipt.barcode)

    def take_run(self, columns: Columns) -> list[R] | None:
        """Take receipts whose barcodes are all sound."""
        total = self.barcodes.total_yen(columns)
        if total is None:
            return None
        self.sums.count += len(columns)
        self.sums.total += total
        return columns.records(self.receipt)

    def diagnose(self, layout: RecordLayout, image: str) -> list[Fault]:
        """Return one fault for a record of the other variant, every fault for a damaged one."""
        if layout is self.layouts[DATA] and is_whole_barcode(image[self.other_barcode]):
            return [layout.fault("barcode", self.other_code, image[self.other_barcode])]
        return layout.diagnose(image)

    def lose(self) -> None:
        """Count a receipt that could not be read."""
        self.sums.count += 1
        self.all_read = False

    def close_block(self, values: list[Any], raw: bytes) -> list[Fault]:
        """Compare a trailer with what was read; the sum only if all of it could be read."""
        names = ["count", "total_yen"] if self.all_read else ["count"]
        return differences(TRAILER_LAYOUT, names, ReceiptsTrailer(*values), self.sums.trailer())


def is_whole_barcode(digits: str) -> bool:
    """Tell whether these are 44 digits that begin with 91 and end with their check digit."""
    try:
        demand_barcode_form(digits)
    except KeyProblem:
        return False
    return True


def faults_of_barcode(layout: RecordLayout, barcode: str) -> Sequence[Fault]:
    """Return what is wrong with a barcode: structural if the digits are broken.

    A cap or limit date that no slip may bear is a matter for a clerk: the money has moved.
    """
    try:
        demand_barcode_form(barcode)
        demand_barcode_rules(barcode)
    except KeyProblem as problem:
        structural = problem.code in BARCODE_FAULTS
        return [layout.fault("barcode", problem.code, barcode, structural=structural)]
    return NO_FAULTS


def stream_variant(
    layout: RecordLayout, blocks: Iterable[tuple[ReceiptsHeader, Iterable[R]]], line_end: bytes
) -> Iterator[bytes]:
    """Write header … trailer blocks and one end record, piece by piece.

    Raises FileProblemError for no block at all, a value that does not fit, a barcode that no slip
    may bear, a 1,000,000th receipt of a block; its `line` counts the receipts of the block.
    """
    written = 0
    for header, receipts in blocks:
        written += 1
        yield HEADER_LAYOUT.encode(header) + line_end
        sums = _Sums()
        for line, receipt in enumerate(receipts, start=1):
            raw = encode_data(layout, receipt, line)
            for fault in faults_of_barcode(layout, receipt.barcode):
                raise FileProblemError(fault.field, fault.code, fault.value, line=line)
            sums.add(receipt.barcode)
            yield raw + line_end
        yield TRAILER_LAYOUT.encode(sums.trailer()) + line_end
    if not written:
        raise FileProblemError("header", "no_block", 0)
    yield END_LAYOUT.encode(None) + line_end
