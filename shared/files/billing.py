"""The centre's upload file 請求データ, 256 bytes, OWN DESIGN (DOMAIN §2.7).

Knows a ward's billing records as bytes, sealed one by one and hashed as a whole; whether a key is
live or already paid is the centre's matter.
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
from shared.files.codes import Proc
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
    seal,
    text,
    yen,
)
from shared.files.problems import Fault, FileProblem, FileProblemError, LoadedFile, load_items
from shared.files.seals import FileHash, Sealer, same_seal
from shared.keys.payment_number import SlipType
from shared.kit.money import Yen

if TYPE_CHECKING:
    from shared.files.columns import Columns

LENGTH = 256
MIXED_CATEGORIES = "000"
_PROCS = {str(proc.value): proc for proc in Proc}
_SLIP_TYPES = {str(slip.value): slip for slip in SlipType}
# 1 paid on another channel, 2 reduced or cancelled, 3 direct debit, 4 reissued.
_DELETE_REASONS: dict[str, int | None] = {"0": None, "1": 1, "2": 2, "3": 3, "4": 4}
# 改ざん検知 stands at 216-247, over 1-215 and 248; the trailer's hash at 39-102.
SEAL_FIRST, SEAL_LAST = 216, 247
HASHED_TRAILER_BYTES = 38
HASH_LAST = 102


@dataclass(frozen=True, slots=True)
class BillingHeader:
    """Whose keys, when made, from when they may be asked for; `category` 000 means mixed."""

    institution_number: str
    category: str
    created_on: date
    created_at_hhmmss: str
    file_sequence: int
    effective_from: date
    institution_name_kana: str


@dataclass(frozen=True, slots=True)
class BillingRecord:
    """One key to be added, changed or deleted. `delete_reason` is 1-4 with a delete, else None."""

    proc: Proc
    record_seq: int
    institution_number: str
    payment_number: str
    confirmation_number: str
    category: str
    amount_yen: Yen
    principal_yen: Yen
    late_charge_yen: Yen
    fee_yen: Yen
    due_date: date
    limit_date: date
    levy_year: int
    assessed_year: int
    instalment: int
    account_code: str
    notice_number: str
    issue: int
    slip_type: SlipType
    payer_name_kana: str
    description_kana: str
    effective_from: date
    delete_reason: int | None = None


@dataclass(frozen=True, slots=True)
class BillingTrailer:
    """Counts and the sum of all data records, whatever is done with them."""

    count: int
    total_yen: Yen
    adds: int
    changes: int
    deletes: int


HEADER_LAYOUT = RecordLayout(
    "header",
    LENGTH,
    [
        constant("kind", 1, 1, "1"),
        constant("file_kind", 2, 3, "71"),
        constant("code_kind", 4, 4, "0"),
        constant("version", 5, 8, "0100"),
        digits("institution_number", 9, 13),
        digits("category", 14, 16),
        day("created_on", 17, 24),
        clock_time("created_at_hhmmss", 25, 30),
        number("file_sequence", 31, 36),
        day("effective_from", 37, 44),
        text("institution_name_kana", 45, 84),
        filler(85, 256),
    ],
).proved_for(BillingHeader)
DATA_LAYOUT = RecordLayout(
    "data",
    LENGTH,
    [
        constant("kind", 1, 1, "2"),
        choice("proc", 2, 2, _PROCS),
        number("record_seq", 3, 8),
        digits("institution_number", 9, 13),
        key(
            "payment_number", 14, 33, letters="[0-9]", shortest=16, code="malformed_payment_number"
        ),
        key(
            "confirmation_number",
            34,
            39,
            letters="[0-9]",
            shortest=4,
            code="malformed_confirmation_number",
        ),
        digits("category", 40, 42),
        yen("amount_yen", 43, 53),
        yen("principal_yen", 54, 64),
        yen("late_charge_yen", 65, 75),
        yen("fee_yen", 76, 86),
        day("due_date", 87, 94),
        day("limit_date", 95, 102),
        number("levy_year", 103, 106),
        number("assessed_year", 107, 110),
        number("instalment", 111, 112),
        digits("account_code", 113, 116),
        key("notice_number", 117, 132, letters="[0-9]", shortest=1, code="malformed_notice_number"),
        number("issue", 133, 134),
        choice("slip_type", 135, 135, _SLIP_TYPES),
        text("payer_name_kana", 136, 183),
        text("description_kana", 184, 207),
        day("effective_from", 208, 215),
        seal("seal", SEAL_FIRST, SEAL_LAST),
        choice("delete_reason", 248, 248, _DELETE_REASONS),
        filler(249, 256),
    ],
).proved_for(BillingRecord)
TRAILER_LAYOUT = RecordLayout(
    "trailer",
    LENGTH,
    [
        constant("kind", 1, 1, "8"),
        number("count", 2, 7),
        yen("total_yen", 8, 20),
        number("adds", 21, 26),
        number("changes", 27, 32),
        number("deletes", 33, 38),
        seal("sha256", 39, HASH_LAST),
        filler(103, 256),
    ],
).proved_for(BillingTrailer)
END_LAYOUT = end_layout(LENGTH)


class _Rules(BlockRules[BillingHeader, BillingRecord]):
    layouts: ClassVar = {
        HEADER: HEADER_LAYOUT,
        DATA: DATA_LAYOUT,
        TRAILER: TRAILER_LAYOUT,
        END: END_LAYOUT,
    }
    length: ClassVar = LENGTH

    def __init__(self, key: bytes) -> None:
        self.sealer = Sealer(key)
        self.header: BillingHeader | None = None
        self.hash = FileHash()
        self.begin()

    def begin(self) -> None:
        self.count = 0
        self.total = 0
        self.procs: Counter[int] = Counter()
        self.all_read = True

    def see(self, raw: bytes) -> None:
        self.hash.update(raw)

    def see_run(self, run: Run) -> None:
        self.hash.update(run.records)

    def open_block(self, values: list[Any]) -> tuple[BillingHeader, list[Fault]]:
        self.header = BillingHeader(*values)
        return self.header, []

    def take(self, values: list[Any], raw: bytes) -> tuple[BillingRecord, Sequence[Fault]]:
        seal_written = values.pop(-2)
        record = BillingRecord(*values)
        self.count += 1
        self.total += int(record.amount_yen)
        self.procs[record.proc] += 1
        faults = list(faults_of_billing(self.header, record, self.count))
        if not same_seal(seal_written, self.sealer.seal(_sealed(raw))):
            faults.append(DATA_LAYOUT.fault("seal", "wrong_seal", seal_written))
        return record, faults or NO_FAULTS

    def take_run(self, columns: Columns) -> list[BillingRecord] | None:
        if not self.pass_run(columns):
            return None
        del columns["seal"]
        return columns.records(BillingRecord)

    def pass_run(self, columns: Columns) -> bool:
        """Count a whole run without reading it if `take` would find no fault in it.

        Otherwise change nothing and say so: False.
        """
        if not self._rules_hold(columns) or not self._seals_hold(columns):
            return False
        self.count += len(columns)
        self.total += columns.total("amount_yen")
        for proc in Proc:
            self.procs[proc] += int(columns.holds("proc", str(proc.value)).sum())
        return True

    def _rules_hold(self, columns: Columns) -> bool:
        """Tell whether faults_of_billing would find nothing in any record."""
        numbers, header = columns.numbers, self.header
        parts = numbers("principal_yen") + numbers("late_charge_yen") + numbers("fee_yen")
        deleted = columns.holds("proc", str(Proc.DELETE.value))
        if (
            not columns.counts_from("record_seq", self.count + 1)
            or (numbers("amount_yen") != parts).any()
            or (numbers("limit_date") < numbers("due_date")).any()
            or (deleted == columns.holds("delete_reason", "0")).any()
        ):
            return False
        if header is None:
            return True
        mixed = header.category == MIXED_CATEGORIES
        same_institution = columns.holds("institution_number", header.institution_number).all()
        return bool(
            same_institution and (mixed or columns.holds("category", header.category).all())
        )

    def _seals_hold(self, columns: Columns) -> bool:
        sealed = columns.bytes_without(SEAL_FIRST, SEAL_LAST, SEAL_LAST + 1)
        computed = self.sealer.seals(sealed, len(sealed) // len(columns))
        return same_seal(columns.part("seal").tobytes().decode("ascii"), computed)

    def lose(self) -> None:
        self.count += 1
        self.all_read = False

    def close_block(self, values: list[Any], raw: bytes) -> list[Fault]:
        sha256 = values.pop()
        trailer = BillingTrailer(*values)
        counted = BillingTrailer(
            self.count,
            Yen(self.total),
            self.procs[Proc.ADD],
            self.procs[Proc.CHANGE],
            self.procs[Proc.DELETE],
        )
        faults = []
        # What could not be read cannot be summed; its own problems have been reported.
        for name in TRAILER_LAYOUT.value_names if self.all_read else ("count",):
            if getattr(trailer, name) != getattr(counted, name):
                code = "total_mismatch" if name == "total_yen" else "count_mismatch"
                faults.append(TRAILER_LAYOUT.fault(name, code, getattr(trailer, name)))
        self.hash.update(raw[:HASHED_TRAILER_BYTES])
        if sha256 != self.hash.hexdigest():
            faults.append(TRAILER_LAYOUT.fault("sha256", "hash_mismatch", sha256))
        return faults


BillingRules = _Rules
"""Seals, order, sums and hash of one upload that is being read."""


def faults_of_billing(
    header: BillingHeader | None, record: BillingRecord, expected_seq: int
) -> Iterator[Fault]:
    """Yield what is wrong between the fields of a record, and between it and its header."""
    if record.record_seq != expected_seq:
        yield DATA_LAYOUT.fault("record_seq", "record_out_of_sequence", record.record_seq)
    parts = int(record.principal_yen) + int(record.late_charge_yen) + int(record.fee_yen)
    if record.amount_yen != parts:
        yield DATA_LAYOUT.fault("amount_yen", "parts_do_not_add_up", record.amount_yen)
    if record.limit_date < record.due_date:
        yield DATA_LAYOUT.fault("limit_date", "limit_before_due", record.limit_date)
    if (record.proc == Proc.DELETE) != (record.delete_reason is not None):
        yield DATA_LAYOUT.fault("delete_reason", "reason_only_with_delete", record.delete_reason)
    if header is None:
        return
    if record.institution_number != header.institution_number:
        yield DATA_LAYOUT.fault(
            "institution_number", "institution_differs", record.institution_number
        )
    if header.category not in {MIXED_CATEGORIES, record.category}:
        yield DATA_LAYOUT.fault("category", "category_differs", record.category)


def _sealed(raw: bytes) -> bytes:
    """Return what a record's seal is computed over."""
    return raw[: SEAL_FIRST - 1] + raw[SEAL_LAST : SEAL_LAST + 1]


def read_billing(
    source: Source, key: bytes
) -> Iterator[BillingHeader | BillingRecord | FileProblem]:
    """Stream the header, sound records and problems, in the file's order."""
    return read_blocks(source, _Rules(key))


def load_billing(source: Source, key: bytes) -> LoadedFile[BillingHeader, BillingRecord]:
    """Read a whole upload: header, records, all problems (seals, hash and totals verified)."""
    return load_items(read_billing(source, key), BillingHeader, BillingRecord)


def stream_billing(
    header: BillingHeader,
    records: Iterable[BillingRecord],
    key: bytes,
    *,
    line_end: bytes = NO_LINE_END,
) -> Iterator[bytes]:
    """Write header, records, trailer and end, piece by piece; computes seals, sums and hash.

    Raises FileProblemError for a value that does not fit or a rule that does not hold.
    """
    sealer, file_hash = Sealer(key), FileHash()
    raw = HEADER_LAYOUT.encode(header)
    file_hash.update(raw)
    yield raw + line_end
    count, total = 0, 0
    procs: Counter[int] = Counter()
    for count, record in enumerate(records, start=1):
        raw = encode_data(DATA_LAYOUT, record, count)
        for fault in faults_of_billing(header, record, count):
            raise FileProblemError(fault.field, fault.code, fault.value, line=count)
        sealed = sealer.seal(_sealed(raw)).encode("ascii")
        raw = raw[: SEAL_FIRST - 1] + sealed + raw[SEAL_LAST:]
        total += int(record.amount_yen)
        procs[record.proc] += 1
        file_hash.update(raw)
        yield raw + line_end
    trailer = BillingTrailer(
        count, Yen(total), procs[Proc.ADD], procs[Proc.CHANGE], procs[Proc.DELETE]
    )
    raw = TRAILER_LAYOUT.encode(trailer)
    file_hash.update(raw[:HASHED_TRAILER_BYTES])
    sha256 = file_hash.hexdigest().encode("ascii")
    yield raw[:HASHED_TRAILER_BYTES] + sha256 + raw[HASH_LAST:] + line_end
    yield END_LAYOUT.encode(None) + line_end


def write_billing(
    header: BillingHeader,
    records: Iterable[BillingRecord],
    key: bytes,
    *,
    line_end: bytes = NO_LINE_END,
) -> bytes:
    """Write a whole upload; refuses as stream_billing does."""
    return b"".join(stream_billing(header, records, key, line_end=line_end))
