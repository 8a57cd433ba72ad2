"""Receipts CSV with the data types `1` 速報, `2` 確報 and `9` 速報取消 (DOMAIN §3.1, S5).

Only these three codes are published. All else is OWN DESIGN: our reading is that the columns are
those of `receipts_csv`, whose records these are; a file with its type codes is refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.files.csv_tables import FileTotals
from shared.files.framing import Source
from shared.files.problems import Fault, FileProblem, LoadedFile, load_rows
from shared.files.receipts_csv import CsvReceipt, ReceiptsCsvType, receipt_faults, receipts_table

TYPES = {
    "1": ReceiptsCsvType.PRELIMINARY,
    "2": ReceiptsCsvType.CONFIRMED,
    "9": ReceiptsCsvType.CANCELLED,
}


def _faults(row: CsvReceipt, _row_no: int) -> Iterator[Fault]:
    return receipt_faults(TABLE, row)


TABLE = receipts_table(TYPES, _faults)


def read_receipts_csv_129(
    source: Source, expected: FileTotals | None = None
) -> Iterator[CsvReceipt | FileProblem]:
    """Stream receipts and problems; `expected` are the totals that travelled beside the file."""
    return TABLE.read(source, expected)


def load_receipts_csv_129(
    source: Source, expected: FileTotals | None = None
) -> LoadedFile[list[str], CsvReceipt]:
    """Read a whole file: column names, receipts, all problems."""
    return load_rows(TABLE.names, read_receipts_csv_129(source, expected))


def write_receipts_csv_129(rows: Iterable[CsvReceipt]) -> bytes:
    """Write a whole file; FileProblemError for a row or a type that this dialect does not have."""
    return b"".join(TABLE.stream(rows))


def receipts_csv_129_totals(data: bytes, rows: Iterable[CsvReceipt]) -> FileTotals:
    """Return count, sum of 金額 and SHA-256, to travel beside the file."""
    return TABLE.totals(data, rows)
