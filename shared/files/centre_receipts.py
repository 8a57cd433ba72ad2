"""The centre's receipts file 収納データ, 200 bytes, OWN DESIGN (DOMAIN §2.8).

Knows Pay-easy receipts as bytes, sealed one by one and hashed as a whole; what they clear is the
ward's matter.
"""

from __future__ import annotations

from collections import Counter
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
from shared.files.codes import DataType
from shared.files.framing import NO_LINE_END, Run, Source
from shared.files.layout import (
    RecordLayout,
    choice,
    clock_time,
    constant,
    day,
    digits,
    filler,
    key,
    number,
    optional_day,
    seal,
    text,
    yen,
)
from shared.files.problems import Fault, FileProblem, FileProblemError, LoadedFile, load_items
from shared.files.seals import FileHash, Sealer, same_seal
from shared.files.values import NO_DAY
from shared.keys.channels import Channel
from shared.kit.money import Yen

if TYPE_CHECKING:
    from shared.files.columns import Columns

LENGTH = 200
_DATA_TYPES = {kind.value: kind for kind in DataType}
# 1 ATM jam, 2 centre time-out, 3 fault of the provider or card agent.
_CANCEL_REASONS: dict[str, int | None] = {"0": None, "1": 1, "2": 2, "3": 3}
# 01 ATM cash, 02 ATM account, 03 internet banking, 04 the same on a phone, 05 counter, 09 other.
MEDIA = ("01", "02", "03", "04", "05", "09")
SEALED_BYTES = 158
SEAL_LAST = 190
HASHED_TRAILER_BYTES = 77
HASH_LAST = 141


@dataclass(frozen=True, slots=True)
class CentreReceiptsHeader:
    """Whose receipts, of which days, made when."""

    institution_number: str
    created_on: date
    created_at_hhmmss: str
    file_sequence: int
    period_from: date
    period_to: date
    institution_name_kana: str


@dataclass(frozen=True, slots=True)
class CentreReceipt:
    """One 速報, 確報 or 速報取消. `paid_in_on` may stand in a 02 only, a reason in a 03."""

    data_type: DataType
    record_seq: int
    institution_number: str
    payment_number: str
    category: str
    amount_yen: Yen
    paid_on: date
    paid_at_hhmmss: str
    bank_code: str
    branch_code: str
    medium: str
    receipt_number: str
    transfer_date: date | None
    paid_in_on: date | None
    created_on: date
    cancel_reason: int | None
    cancelled_receipt_number: str
    notice_number: str
    levy_year: int
    instalment: int

    @property
    def channel(self) -> Channel:
        """Pay-easy, always."""
        return Channel.PAYEASY


@dataclass(frozen=True, slots=True)
class CentreReceiptsTrailer:
    """Counts and sums, in all and by data type; all = 01 + 02 + 03, unsigned."""

    count: int
    total_yen: Yen
    preliminary_count: int
    preliminary_yen: Yen
    confirmed_count: int
    confirmed_yen: Yen
    cancelled_count: int
    cancelled_yen: Yen


HEADER_LAYOUT = RecordLayout(
    "header",
    LENGTH,
    [
        constant("kind", 1, 1, "1"),
        constant("file_kind", 2, 3, "81"),
        constant("code_kind", 4, 4, "0"),
        constant("version", 5, 8, "0100"),
        digits("institution_number", 9, 13),
        day("created_on", 14, 21),
        clock_time("created_at_hhmmss", 22, 27),
        number("file_sequence", 28, 33),
        day("period_from", 34, 41),
        day("period_to", 42, 49),
        text("institution_name_kana", 50, 89),
        filler(90, 200),
    ],
).proved_for(CentreReceiptsHeader)
DATA_LAYOUT = RecordLayout(
    "data",
    LENGTH,
    [
        constant("kind", 1, 1, "2"),
        choice("data_type", 2, 3, _DATA_TYPES),
        number("record_seq", 4, 9),
        digits("institution_number", 10, 14),
        key(
            "payment_number", 15, 34, letters="[0-9]", shortest=16, code="malformed_payment_number"
        ),
        digits("category", 35, 37),
        yen("amount_yen", 38, 48),
        day("paid_on", 49, 56),
        clock_time("paid_at_hhmmss", 57, 62),
        digits("bank_code", 63, 66),
        digits("branch_code", 67, 69),
        choice("medium", 70, 71, {medium: medium for medium in MEDIA}),
        key(
            "receipt_number",
            72,
            91,
            letters="[0-9A-Z-]",
            shortest=1,
            code="malformed_receipt_number",
        ),
        optional_day("transfer_date", 92, 99),
        optional_day("paid_in_on", 100, 107),
        day("created_on", 108, 115),
        choice("cancel_reason", 116, 116, _CANCEL_REASONS),
        key(
            "cancelled_receipt_number",
            117,
            136,
            letters="[0-9A-Z-]",
            shortest=0,
            code="malformed_receipt_number",
        ),
        key("notice_number", 137, 152, letters="[0-9]", shortest=1, code="malformed_notice_number"),
        number("levy_year", 153, 156),
        number("instalment", 157, 158),
        seal("seal", SEALED_BYTES + 1, SEAL_LAST),
        filler(191, 200),
    ],
).proved_for(CentreReceipt)
TRAILER_LAYOUT = RecordLayout(
    "trailer",
    LENGTH,
    [
        constant("kind", 1, 1, "8"),
        number("count", 2, 7),
        yen("total_yen", 8, 20),
        number("preliminary_count", 21, 26),
        yen("preliminary_yen", 27, 39),
        number("confirmed_count", 40, 45),
        yen("confirmed_yen", 46, 58),
        number("cancelled_count", 59, 64),
        yen("cancelled_yen", 65, 77),
        seal("sha256", 78, HASH_LAST),
        filler(142, 200),
    ],
).proved_for(CentreReceiptsTrailer)
END_LAYOUT = end_layout(LENGTH)


class _Sums:
    """What has been counted so far, by data type."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.yen: Counter[str] = Counter()

    def add(self, receipt: CentreReceipt) -> None:
        self.counts[receipt.data_type] += 1
        self.yen[receipt.data_type] += int(receipt.amount_yen)

    def add_run(self, columns: Columns) -> None:
        for kind in DataType:
            where = columns.holds("data_type", kind)
            self.counts[kind] += int(where.sum())
            self.yen[kind] += columns.total("amount_yen", where)

    def trailer(self) -> CentreReceiptsTrailer:
        kinds = (DataType.PRELIMINARY, DataType.CONFIRMED, DataType.CANCELLED)
        by_kind = [part for kind in kinds for part in (self.counts[kind], Yen(self.yen[kind]))]
        whole = (self.counts.total(), Yen(self.yen.total()))
        return CentreReceiptsTrailer(*whole, *by_kind)  # type: ignore[arg-type]


class _Rules(BlockRules[CentreReceiptsHeader, CentreReceipt]):
    layouts: ClassVar = {
        HEADER: HEADER_LAYOUT,
        DATA: DATA_LAYOUT,
        TRAILER: TRAILER_LAYOUT,
        END: END_LAYOUT,
    }
    length: ClassVar = LENGTH

    def __init__(self, key: bytes) -> None:
        self.sealer = Sealer(key)
        self.header: CentreReceiptsHeader | None = None
        self.hash = FileHash()
        self.begin()

    def begin(self) -> None:
        self.count = 0
        self.sums = _Sums()
        self.all_read = True

    def see(self, raw: bytes) -> None:
        self.hash.update(raw)

    def see_run(self, run: Run) -> None:
        self.hash.update(run.records)

    def open_block(self, values: list[Any]) -> tuple[CentreReceiptsHeader, list[Fault]]:
        header = self.header = CentreReceiptsHeader(*values)
        if header.period_to < header.period_from:
            fault = HEADER_LAYOUT.fault("period_to", "period_backwards", header.period_to)
            return header, [fault]
        return header, []

    def take(self, values: list[Any], raw: bytes) -> tuple[CentreReceipt, Sequence[Fault]]:
        seal_written = values.pop()
        receipt = CentreReceipt(*values)
        self.count += 1
        self.sums.add(receipt)
        faults = list(faults_of_receipt(self.header, receipt, self.count))
        if not same_seal(seal_written, self.sealer.seal(raw[:SEALED_BYTES])):
            faults.append(DATA_LAYOUT.fault("seal", "wrong_seal", seal_written))
        return receipt, faults or NO_FAULTS

    def take_run(self, columns: Columns) -> list[CentreReceipt] | None:
        if not (self._rules_hold(columns) and self._seals_hold(columns)):
            return None
        del columns["seal"]
        self.count += len(columns)
        self.sums.add_run(columns)
        return columns.records(CentreReceipt)

    def _rules_hold(self, columns: Columns) -> bool:
        """Tell whether faults_of_receipt would find nothing in any record."""
        cancelled = columns.holds("data_type", DataType.CANCELLED)
        confirmed = columns.holds("data_type", DataType.CONFIRMED)
        names_another = columns.part("cancelled_receipt_number")[:, 0] != ord(" ")
        header = self.header
        return bool(
            columns.counts_from("record_seq", self.count + 1)
            and (confirmed | columns.holds("paid_in_on", NO_DAY)).all()
            and (cancelled != columns.holds("cancel_reason", "0")).all()
            and (cancelled == names_another).all()
            and (not header or columns.holds("institution_number", header.institution_number).all())
        )

    def _seals_hold(self, columns: Columns) -> bool:
        sealed = columns.matrix[:, :SEALED_BYTES].tobytes()
        return same_seal("".join(columns["seal"]), self.sealer.seals(sealed, SEALED_BYTES))

    def lose(self) -> None:
        self.count += 1
        self.all_read = False

    def close_block(self, values: list[Any], raw: bytes) -> list[Fault]:
        sha256 = values.pop()
        trailer, counted = CentreReceiptsTrailer(*values), self.sums.trailer()
        faults = []
        if trailer.count != self.count:
            faults.append(TRAILER_LAYOUT.fault("count", "count_mismatch", trailer.count))
        # What could not be read cannot be summed; its own problems have been reported.
        for name in TRAILER_LAYOUT.value_names[1:] if self.all_read else ():
            if getattr(trailer, name) != getattr(counted, name):
                code = "total_mismatch" if name.endswith("_yen") else "count_mismatch"
                faults.append(TRAILER_LAYOUT.fault(name, code, getattr(trailer, name)))
        self.hash.update(raw[:HASHED_TRAILER_BYTES])
        if sha256 != self.hash.hexdigest():
            faults.append(TRAILER_LAYOUT.fault("sha256", "hash_mismatch", sha256))
        return faults


def faults_of_receipt(
    header: CentreReceiptsHeader | None, receipt: CentreReceipt, expected_seq: int
) -> Iterator[Fault]:
    """Yield what is wrong between the fields of a receipt, and between it and its header."""
    cancelled = receipt.data_type == DataType.CANCELLED
    if receipt.record_seq != expected_seq:
        yield DATA_LAYOUT.fault("record_seq", "record_out_of_sequence", receipt.record_seq)
    if receipt.paid_in_on is not None and receipt.data_type != DataType.CONFIRMED:
        yield DATA_LAYOUT.fault("paid_in_on", "paid_in_only_with_02", receipt.paid_in_on)
    if cancelled != (receipt.cancel_reason is not None):
        yield DATA_LAYOUT.fault("cancel_reason", "reason_only_with_03", receipt.cancel_reason)
    if cancelled != bool(receipt.cancelled_receipt_number):
        yield DATA_LAYOUT.fault(
            "cancelled_receipt_number",
            "cancelled_number_only_with_03",
            receipt.cancelled_receipt_number,
        )
    if header and receipt.institution_number != header.institution_number:
        yield DATA_LAYOUT.fault(
            "institution_number", "institution_differs", receipt.institution_number
        )


def read_centre_receipts(
    source: Source, key: bytes
) -> Iterator[CentreReceiptsHeader | CentreReceipt | FileProblem]:
    """Stream the header, sound receipts and problems, in the file's order."""
    return read_blocks(source, _Rules(key))


def load_centre_receipts(
    source: Source, key: bytes
) -> LoadedFile[CentreReceiptsHeader, CentreReceipt]:
    """Read a whole day file: header, receipts, all problems (seals, hash and totals verified)."""
    return load_items(read_centre_receipts(source, key), CentreReceiptsHeader, CentreReceipt)


def stream_centre_receipts(
    header: CentreReceiptsHeader,
    receipts: Iterable[CentreReceipt],
    key: bytes,
    *,
    line_end: bytes = NO_LINE_END,
) -> Iterator[bytes]:
    """Write header, receipts, trailer and end, piece by piece; computes seals, sums and hash.

    Raises FileProblemError for a value that does not fit or a rule that does not hold.
    """
    sealer = Sealer(key)
    if header.period_to < header.period_from:
        raise FileProblemError("period_to", "period_backwards", header.period_to)
    file_hash, sums = FileHash(), _Sums()
    raw = HEADER_LAYOUT.encode(header)
    file_hash.update(raw)
    yield raw + line_end
    for line, receipt in enumerate(receipts, start=1):
        raw = encode_data(DATA_LAYOUT, receipt, line)
        for fault in faults_of_receipt(header, receipt, line):
            raise FileProblemError(fault.field, fault.code, fault.value, line=line)
        sealed = sealer.seal(raw[:SEALED_BYTES]).encode("ascii")
        raw = raw[:SEALED_BYTES] + sealed + raw[SEAL_LAST:]
        sums.add(receipt)
        file_hash.update(raw)
        yield raw + line_end
    raw = TRAILER_LAYOUT.encode(sums.trailer())
    file_hash.update(raw[:HASHED_TRAILER_BYTES])
    sha256 = file_hash.hexdigest().encode("ascii")
    yield raw[:HASHED_TRAILER_BYTES] + sha256 + raw[HASH_LAST:] + line_end
    yield END_LAYOUT.encode(None) + line_end


def write_centre_receipts(
    header: CentreReceiptsHeader,
    receipts: Iterable[CentreReceipt],
    key: bytes,
    *,
    line_end: bytes = NO_LINE_END,
) -> bytes:
    """Write a whole day file; refuses as stream_centre_receipts does."""
    return b"".join(stream_centre_receipts(header, receipts, key, line_end=line_end))
