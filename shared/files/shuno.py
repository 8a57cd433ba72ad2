"""`shuno.csv`: receipts as the standard system takes them in, OWN DESIGN (DOMAIN §7, BOOKS §1.8).

Knows rows; what a receipt was set against stands in it only where somebody knew what is assessed:
without that the claim, the breakdown by 節 and the match are empty, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from operator import attrgetter

from shared.files.codes import DataType
from shared.files.csv_tables import (
    Column,
    CsvTable,
    FileTotals,
    choice_column,
    day_column,
    number_column,
    padded_column,
    text_column,
    yen_column,
)
from shared.files.framing import Source
from shared.files.problems import Fault, FileProblem, LoadedFile, load_rows
from shared.keys.channels import CHANNEL_OF_CODE, Channel
from shared.kit.money import Yen


class MatchStatus(IntEnum):
    """How a receipt stands to what is assessed. The table names the column only; these are ours."""

    EXACT = 1
    PART = 2
    OVER = 3
    NO_CLAIM = 9


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One 速報, 確報 or 速報取消. Days are Tokyo days; yen are whole and unsigned.

    `paid_on` is 収納日, `deemed_on` the 納付日 that a law puts in its place, `booked_on` 収入日.
    `assessed_year`, `account_code` and `year_class` come from the claim, and so does the breakdown:
    `principal_yen`, `late_charge_yen`, `fee_yen` add up to `amount_yen`, the four parts (節) to
    `principal_yen`. `source_line` counts records of the source from 1, its header included.
    """

    record_no: int
    receipt_id: str
    channel: Channel
    data_type: DataType
    payment_number: str
    notice_number: str
    levy_year: int | None
    assessed_year: int | None
    instalment: int | None
    account_code: str
    year_class: int | None
    amount_yen: Yen
    principal_yen: Yen | None
    late_charge_yen: Yen | None
    fee_yen: Yen | None
    medical_yen: Yen | None
    support_yen: Yen | None
    care_yen: Yen | None
    child_yen: Yen | None
    paid_on: date
    deemed_on: date | None
    created_on: date
    transfer_date: date | None
    paid_in_on: date | None
    booked_on: date | None
    bank_code: str
    branch_code: str
    shop_code: str
    receipt_number: str
    source_file: str
    source_line: int
    match_status: MatchStatus | None
    exception_code: str


BREAKDOWN = (
    *("principal_yen", "late_charge_yen", "fee_yen"),
    *("medical_yen", "support_yen", "care_yen", "child_yen"),
)
_parts_of = attrgetter(*BREAKDOWN)
# Which matches need a clerk, and so name an exception.
NEEDS_A_CLERK = (MatchStatus.OVER, MatchStatus.NO_CLAIM)


def optional_column(column: Column) -> Column:
    """Return a column that may also be empty; it is None then."""

    def read(text: str) -> object:
        return column.read(text) if text else None

    def write(value: object) -> str:
        return "" if value is None else column.write(value)

    pattern = f"(?:{column.pattern})?"
    return Column(column.name, column.attribute, pattern, column.code, read, write)


def _faults(row: ReceiptRow, row_no: int) -> Iterator[Fault]:
    if row.record_no != row_no:
        yield TABLE.fault("record_no", "record_out_of_sequence", row.record_no)
    named = (bool(row.notice_number), row.levy_year is not None, row.instalment is not None)
    if len(set(named)) > 1:
        yield TABLE.fault("notice_number", "key_half_told", row.notice_number)
    yield from _claim_faults(row)
    yield from _breakdown_faults(row)
    yield from _day_faults(row)


def _claim_faults(row: ReceiptRow) -> Iterator[Fault]:
    """Yield what contradicts itself between the claim, the match and the exception."""
    claim = (row.assessed_year is not None, bool(row.account_code), row.year_class is not None)
    if len(set(claim)) > 1:
        yield TABLE.fault("assessed_year", "claim_half_told", row.assessed_year or "")
    found = row.match_status not in {None, MatchStatus.NO_CLAIM}
    if any(claim) != found:
        yield TABLE.fault("match_status", "claim_contradicts_match", row.match_status or "")
    if (row.match_status in NEEDS_A_CLERK) != bool(row.exception_code):
        yield TABLE.fault("exception_code", "exception_contradicts_match", row.exception_code)


def _breakdown_faults(row: ReceiptRow) -> Iterator[Fault]:
    """Yield what is wrong with the seven amounts: all or none, and both sums."""
    parts = _parts_of(row)
    filled = [part for part in parts if part is not None]
    if filled and len(filled) < len(parts):
        yield TABLE.fault("principal_yen", "breakdown_half_told", row.principal_yen or "")
    elif bool(filled) != (row.match_status in {MatchStatus.EXACT, MatchStatus.PART}):
        yield TABLE.fault("principal_yen", "breakdown_contradicts_match", row.principal_yen or "")
    elif filled:
        if row.amount_yen != sum(map(int, filled[:3])):
            yield TABLE.fault("amount_yen", "parts_do_not_add_up", row.amount_yen)
        if row.principal_yen != sum(map(int, filled[3:])):
            yield TABLE.fault("principal_yen", "parts_do_not_add_up", row.principal_yen)


def _day_faults(row: ReceiptRow) -> Iterator[Fault]:
    if row.paid_in_on is not None and row.data_type != DataType.CONFIRMED:
        yield TABLE.fault("paid_in_on", "paid_in_only_with_02", row.paid_in_on)
    if row.booked_on is not None and row.data_type != DataType.CONFIRMED:
        yield TABLE.fault("booked_on", "booked_only_with_02", row.booked_on)


def _optional_yen(name: str, attribute: str) -> Column:
    return optional_column(yen_column(name, attribute))


def _optional_day(name: str, attribute: str) -> Column:
    return day_column(name, attribute, optional=True)


_CODE = "[0-9A-Z-]{0,20}"
_MATCHES = {str(status.value): status for status in MatchStatus}
TABLE: CsvTable[ReceiptRow] = CsvTable(
    ReceiptRow,
    [
        number_column("record_no", "record_no", 6),
        text_column("receipt_id", "receipt_id", "[0-9A-Za-z_./:-]{1,120}", "malformed_id"),
        choice_column("channel", "channel", CHANNEL_OF_CODE),
        choice_column("data_type", "data_type", {kind.value: kind for kind in DataType}),
        text_column(
            "payment_no", "payment_number", "(?:[0-9]{16,20})?", "malformed_payment_number"
        ),
        text_column("tsuchisho_no", "notice_number", "(?:[0-9]{9})?", "malformed_notice_number"),
        optional_column(padded_column("fuka_nendo", "levy_year", 4)),
        optional_column(padded_column("choutei_nendo", "assessed_year", 4)),
        optional_column(padded_column("ki", "instalment", 2)),
        text_column("kamoku", "account_code", "(?:[0-9]{4})?", "not_digits"),
        optional_column(choice_column("nendo_kubun", "year_class", {"1": 1, "2": 2, "3": 3})),
        yen_column("amount", "amount_yen"),
        _optional_yen("principal", "principal_yen"),
        _optional_yen("entaikin", "late_charge_yen"),
        _optional_yen("tokusoku_ryo", "fee_yen"),
        _optional_yen("iryo_yen", "medical_yen"),
        _optional_yen("shien_yen", "support_yen"),
        _optional_yen("kaigo_yen", "care_yen"),
        _optional_yen("kodomo_yen", "child_yen"),
        day_column("ryoshu_bi", "paid_on"),
        _optional_day("deemed_bi", "deemed_on"),
        day_column("data_sakusei_bi", "created_on"),
        _optional_day("haraikomi_yotei_bi", "transfer_date"),
        _optional_day("haraikomi_bi", "paid_in_on"),
        _optional_day("shunyu_bi", "booked_on"),
        text_column("bank_code", "bank_code", "(?:[0-9]{4})?", "not_digits"),
        text_column("branch_code", "branch_code", "(?:[0-9]{3})?", "not_digits"),
        text_column("shop_code", "shop_code", _CODE, "malformed_code"),
        text_column("receipt_no", "receipt_number", _CODE, "malformed_receipt_number"),
        text_column("source_file", "source_file", "[0-9A-Za-z_.-]{1,80}", "malformed_id"),
        number_column("source_line", "source_line", 7),
        optional_column(choice_column("match_status", "match_status", _MATCHES)),
        text_column("exception_code", "exception_code", "[a-z_]{0,40}", "malformed_code"),
    ],
    rules=_faults,
    amount=lambda row: row.amount_yen,
)


def read_shuno(
    source: Source, expected: FileTotals | None = None
) -> Iterator[ReceiptRow | FileProblem]:
    """Stream receipts and problems; `expected` are the totals that travelled beside the file."""
    return TABLE.read(source, expected)


def load_shuno(
    source: Source, expected: FileTotals | None = None
) -> LoadedFile[list[str], ReceiptRow]:
    """Read a whole file: column names, receipts, all problems."""
    return load_rows(TABLE.names, read_shuno(source, expected))


def stream_shuno(rows: Iterable[ReceiptRow]) -> Iterator[bytes]:
    """Write the header and one row after the other; FileProblemError for what cannot be written."""
    return TABLE.stream(rows)


def write_shuno(rows: Iterable[ReceiptRow]) -> bytes:
    """Write a whole file; FileProblemError for a row that cannot be written exactly."""
    return b"".join(stream_shuno(rows))


def shuno_totals(data: bytes, rows: Iterable[ReceiptRow]) -> FileTotals:
    """Return count, sum of amounts and SHA-256, to travel beside the file."""
    return TABLE.totals(data, rows)
