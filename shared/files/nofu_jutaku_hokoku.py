"""`nofu_jutaku_hokoku.csv`: the card agent's report of commissions 納付受託報告, OWN DESIGN (§10).

Knows commissions and when they were remitted; there is no card number, expiry or name in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from shared.files.csv_tables import (
    CsvTable,
    FileTotals,
    choice_column,
    day_column,
    instant_column,
    number_column,
    text_column,
    yen_column,
)
from shared.files.framing import Source
from shared.files.problems import Fault, FileProblem, LoadedFile, load_rows
from shared.keys.barcode import barcode_amount_yen, demand_barcode_form
from shared.keys.problems import KeyProblem
from shared.kit.money import Yen

BRANDS = ("VISA", "MASTERCARD", "JCB", "AMEX", "DINERS")


class CommissionStatus(IntEnum):
    """Where the money of a commission is. 0 is our addition to the list of DOMAIN §10."""

    COMMISSIONED = 0
    REMITTED = 1
    LATE = 2
    REVERSED = 3


@dataclass(frozen=True, slots=True)
class Commission:
    """One authorised card payment. `authorised_at` is UTC to the second, the others Tokyo days.

    `fee_by_payer_yen` is the agent's, never the ward's. `remitted_on` and `bank_ref` are empty
    while the money has not been remitted.
    """

    record_no: int
    agent_id: str
    commission_number: str
    barcode: str
    amount_yen: Yen
    fee_by_payer_yen: Yen
    authorised_at: datetime
    approval_number_masked: str
    brand: str
    designated_date: date
    remitted_on: date | None
    bank_ref: str
    status: CommissionStatus


def _faults(row: Commission, row_no: int) -> Iterator[Fault]:
    if row.record_no != row_no:
        yield TABLE.fault("record_no", "record_out_of_sequence", row.record_no)
    try:
        demand_barcode_form(row.barcode)
    except KeyProblem as problem:
        yield TABLE.fault("barcode", problem.code, row.barcode)
    else:
        if row.amount_yen != barcode_amount_yen(row.barcode):
            yield TABLE.fault("amount_yen", "amount_differs_from_barcode", row.amount_yen)
    yield from _remittance_faults(row)


def _remittance_faults(row: Commission) -> Iterator[Fault]:
    """Yield what contradicts the status; a late or reversed one may have been remitted or not."""
    if (row.remitted_on is None) != (row.bank_ref == ""):
        yield TABLE.fault("bank_ref", "remittance_half_told", row.bank_ref)
    if row.status == CommissionStatus.COMMISSIONED and row.remitted_on is not None:
        yield TABLE.fault("remitted_on", "remitted_but_status_0", row.remitted_on)
    if row.status == CommissionStatus.REMITTED:
        if row.remitted_on is None:
            yield TABLE.fault("remitted_on", "status_1_without_day", "")
        elif row.remitted_on > row.designated_date:
            yield TABLE.fault("status", "remitted_after_designated_date", int(row.status))
    if (
        row.status == CommissionStatus.LATE
        and row.remitted_on is not None
        and row.remitted_on <= row.designated_date
    ):
        yield TABLE.fault("status", "late_but_in_time", int(row.status))


_ID = "[0-9A-Za-z_.:-]{1,64}"
TABLE: CsvTable[Commission] = CsvTable(
    Commission,
    [
        number_column("record_no", "record_no", 6),
        text_column("agent_id", "agent_id", _ID, "malformed_id"),
        text_column("commission_no", "commission_number", _ID, "malformed_id"),
        text_column("barcode44", "barcode", "[0-9]{44}", "malformed_barcode"),
        yen_column("amount", "amount_yen", 6),
        yen_column("fee_by_payer", "fee_by_payer_yen", 6),
        instant_column("authorised_at", "authorised_at"),
        text_column(
            "approval_no_masked",
            "approval_number_masked",
            "[*]{2,12}[0-9A-Z]{0,4}",
            "approval_number_not_masked",
        ),
        choice_column("brand", "brand", {brand: brand for brand in BRANDS}),
        day_column("designated_date", "designated_date"),
        day_column("remitted_on", "remitted_on", optional=True),
        text_column("bank_ref", "bank_ref", f"(?:{_ID})?", "malformed_id"),
        choice_column(
            "status", "status", {str(status.value): status for status in CommissionStatus}
        ),
    ],
    rules=_faults,
    amount=lambda row: row.amount_yen,
)


def read_nofu_jutaku_hokoku(
    source: Source, expected: FileTotals | None = None
) -> Iterator[Commission | FileProblem]:
    """Stream commissions and problems; `expected` are the totals that travelled beside the file."""
    return TABLE.read(source, expected)


def load_nofu_jutaku_hokoku(
    source: Source, expected: FileTotals | None = None
) -> LoadedFile[list[str], Commission]:
    """Read a whole report: column names, commissions, all problems."""
    return load_rows(TABLE.names, read_nofu_jutaku_hokoku(source, expected))


def write_nofu_jutaku_hokoku(rows: Iterable[Commission]) -> bytes:
    """Write a whole report; FileProblemError for a row that cannot be written exactly."""
    return b"".join(TABLE.stream(rows))


def nofu_jutaku_hokoku_totals(data: bytes, rows: Iterable[Commission]) -> FileTotals:
    """Return count, sum of amounts and SHA-256, to travel beside the report."""
    return TABLE.totals(data, rows)
