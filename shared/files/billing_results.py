"""The centre's result CSV of an upload, one row for each billing record, OWN DESIGN (DOMAIN §2.7).

Knows what became of each record, not why the centre decided so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from shared.files.codes import Proc
from shared.files.csv_tables import (
    CsvTable,
    FileTotals,
    choice_column,
    instant_column,
    number_column,
    text_column,
)
from shared.files.framing import Source
from shared.files.problems import Fault, FileProblem, LoadedFile, load_rows


class BillingOutcome(IntEnum):
    """What became of a record. The table names 0/1/2 only; these readings are ours."""

    ACCEPTED = 0
    REFUSED = 1
    ACCEPTED_WITH_REMARK = 2


@dataclass(frozen=True, slots=True)
class BillingResult:
    """One record's result. `error_code` is E and three digits, empty with outcome 0."""

    file_sequence: int
    record_seq: int
    proc: Proc
    payment_number: str
    category: str
    result: BillingOutcome
    error_code: str
    error_item: str
    processed_at: datetime


def _faults(row: BillingResult, row_no: int) -> Iterator[Fault]:
    if row.record_seq != row_no:
        yield TABLE.fault("record_seq", "record_out_of_sequence", row.record_seq)
    if (row.result == BillingOutcome.ACCEPTED) != (row.error_code == ""):
        yield TABLE.fault("error_code", "code_contradicts_result", row.error_code)
    if row.error_item and not row.error_code:
        yield TABLE.fault("error_item", "item_without_code", row.error_item)


TABLE: CsvTable[BillingResult] = CsvTable(
    BillingResult,
    [
        number_column("file_seq", "file_sequence", 6),
        number_column("record_seq", "record_seq", 6),
        choice_column("proc", "proc", {str(proc.value): proc for proc in Proc}),
        text_column("payment_no", "payment_number", "[0-9]{16,20}", "malformed_payment_number"),
        text_column("category", "category", "[0-9]{3}", "not_digits"),
        choice_column("result", "result", {str(kind.value): kind for kind in BillingOutcome}),
        text_column("error_code", "error_code", "(?:E[0-9]{3})?", "malformed_code"),
        text_column("error_item", "error_item", "[a-z0-9_]{0,40}", "malformed_code"),
        instant_column("processed_at", "processed_at"),
    ],
    rules=_faults,
    amount=lambda _: 0,
)
HEADER_ROW: bytes = next(TABLE.stream(()))
"""The file's first row with its line end; the rows of results follow."""


def read_billing_results(
    source: Source, expected: FileTotals | None = None
) -> Iterator[BillingResult | FileProblem]:
    """Stream results and problems; `expected` may carry count and SHA-256 (its yen are 0)."""
    return TABLE.read(source, expected)


def load_billing_results(
    source: Source, expected: FileTotals | None = None
) -> LoadedFile[list[str], BillingResult]:
    """Read a whole result file: column names, results, all problems."""
    return load_rows(TABLE.names, read_billing_results(source, expected))


def write_billing_results(rows: Iterable[BillingResult]) -> bytes:
    """Write a whole result file; FileProblemError for a row that cannot be written exactly."""
    return b"".join(TABLE.stream(rows))


def billing_results_totals(data: bytes, rows: Iterable[BillingResult]) -> FileTotals:
    """Return count and SHA-256 (yen 0), to travel beside the file."""
    return TABLE.totals(data, rows)
