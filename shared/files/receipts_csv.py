"""Receipts as a 13-column CSV, the web download of a collection agency (DOMAIN §3.1, S3).

Knows the columns of that download; the 120-byte file and the dialect with other type codes have
modules of their own, and each refuses the others' files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.files.csv_rows import CP932_BY_COLUMN
from shared.files.csv_tables import (
    TEXT,
    Column,
    CsvTable,
    FileTotals,
    choice_column,
    compact_day_column,
    text_column,
    yen_column,
)
from shared.files.framing import Source
from shared.files.problems import Fault, FileProblem, LoadedFile, load_rows
from shared.files.values import HHMM, text_writer
from shared.keys.barcode import barcode_amount_yen, demand_barcode_form, demand_barcode_rules
from shared.keys.problems import KeyProblem
from shared.kit.money import Yen

BARCODE_PREFIX = "EAN"
NO_TRANSFER_DATE = "0"
NO_TIME = "0000"
NO_LIMIT = "999999"
BROKEN_BARCODE = frozenset({"malformed_barcode", "wrong_check_digit"})


class ReceiptsCsvType(StrEnum):
    """種別: 速報, 確報, 速報取消, 郵便振替, 郵便振替訂正, リアル."""

    PRELIMINARY = "01"
    CONFIRMED = "02"
    CANCELLED = "03"
    POSTAL_TRANSFER = "12"
    POSTAL_CORRECTION = "22"
    REAL_TIME = "81"


POSTAL = frozenset({ReceiptsCsvType.POSTAL_TRANSFER, ReceiptsCsvType.POSTAL_CORRECTION})
# Only these say when their money is transferred.
WITH_TRANSFER_DATE = POSTAL | {ReceiptsCsvType.CONFIRMED}


@dataclass(frozen=True, slots=True)
class CsvReceipt:
    """One receipt. Days are Tokyo days, the time HHMM of Tokyo, `barcode` its bare 44 digits.

    `user_field_1`, `user_field_2`, `stamp_flag` and `amount_yen` repeat positions 14-19, 20-30, 37
    and 38-43 of the barcode. `chain_code` (コンビニ本部コード) tells the channel.
    """

    data_type: ReceiptsCsvType
    paid_on: date
    paid_at_hhmm: str
    barcode: str
    user_field_1: str
    user_field_2: str
    stamp_flag: str
    amount_yen: Yen
    chain_code: str
    chain_name: str
    shop_code: str
    transfer_date: date | None
    created_on: date


def csv_receipt(
    *,
    data_type: ReceiptsCsvType,
    paid_on: date,
    paid_at_hhmm: str,
    barcode: str,
    chain_code: str,
    chain_name: str,
    shop_code: str,
    transfer_date: date | None,
    created_on: date,
) -> CsvReceipt:
    """Return a receipt whose repeated fields are taken from its barcode.

    Raises KeyProblem (malformed_barcode, wrong_check_digit) for 44 digits that are not whole.
    """
    demand_barcode_form(barcode)
    return CsvReceipt(
        data_type=data_type,
        paid_on=paid_on,
        paid_at_hhmm=paid_at_hhmm,
        barcode=barcode,
        user_field_1=barcode[13:19],
        user_field_2=barcode[19:30],
        stamp_flag=barcode[36],
        amount_yen=barcode_amount_yen(barcode),
        chain_code=chain_code,
        chain_name=chain_name,
        shop_code=shop_code,
        transfer_date=transfer_date,
        created_on=created_on,
    )


def receipts_table(
    types: Mapping[str, ReceiptsCsvType], rules: Callable[[CsvReceipt, int], Iterable[Fault]]
) -> CsvTable[CsvReceipt]:
    """Return the table of a dialect: `types` are the codes that stand in its first column."""
    return CsvTable(
        CsvReceipt,
        [
            choice_column("種別", "data_type", types),
            compact_day_column("収納日", "paid_on"),
            text_column("収納時刻", "paid_at_hhmm", HHMM, "not_a_time"),
            _barcode_column("バーコード情報", "barcode"),
            text_column("ユーザー使用欄１", "user_field_1", "[0-9]{6}", "not_digits"),
            text_column("ユーザー使用欄２", "user_field_2", "[0-9]{11}", "not_digits"),
            text_column("印紙フラグ", "stamp_flag", "[01]", "unknown_code"),
            yen_column("金額", "amount_yen", 6),
            # Three digits in the published sample, four in ours (9001, 9002: OWN DESIGN).
            text_column("コンビニ本部コード", "chain_code", "[0-9]{3,4}", "not_digits"),
            text_column(
                "コンビニ名", "chain_name", f"{TEXT}{{0,60}}", "malformed_text", quoted=True
            ),
            text_column("コンビニ店舗コード", "shop_code", "[0-9]{6,7}", "not_digits"),
            compact_day_column("振込日", "transfer_date", none=NO_TRANSFER_DATE),
            compact_day_column("データ作成日", "created_on"),
        ],
        rules=rules,
        amount=lambda row: row.amount_yen,
        dialect=CP932_BY_COLUMN,
    )


def _barcode_column(name: str, attribute: str) -> Column:
    """Return the column of `EAN` and 44 digits; the record holds the digits alone."""
    write_digits = text_writer("[0-9]{44}", "malformed_barcode")
    return Column(
        name,
        attribute,
        f"{BARCODE_PREFIX}[0-9]{{44}}",
        "malformed_barcode",
        lambda text: text.removeprefix(BARCODE_PREFIX),
        lambda value: BARCODE_PREFIX + write_digits(value),
    )


def receipt_faults(table: CsvTable[CsvReceipt], row: CsvReceipt) -> Iterator[Fault]:
    """Yield what contradicts itself in one receipt, whatever the dialect."""
    barcode = row.barcode
    try:
        demand_barcode_form(barcode)
        demand_barcode_rules(barcode)
    except KeyProblem as problem:
        # A cap or a limit date that no slip may bear is a matter for a clerk: the money has moved.
        structural = problem.code in BROKEN_BARCODE
        yield table.fault("barcode", problem.code, barcode, structural=structural)
    if row.user_field_1 != barcode[13:19]:
        yield table.fault("user_field_1", "differs_from_barcode", row.user_field_1)
    if row.user_field_2 != barcode[19:30]:
        yield table.fault("user_field_2", "differs_from_barcode", row.user_field_2)
    if row.stamp_flag != barcode[36]:
        yield table.fault("stamp_flag", "differs_from_barcode", row.stamp_flag)
    if row.amount_yen != int(barcode[37:43]):
        yield table.fault("amount_yen", "amount_differs_from_barcode", row.amount_yen)
    if row.transfer_date is None and row.data_type in WITH_TRANSFER_DATE:
        yield table.fault("transfer_date", "transfer_date_missing", NO_TRANSFER_DATE)
    if row.transfer_date is not None and row.data_type not in WITH_TRANSFER_DATE:
        yield table.fault("transfer_date", "transfer_date_too_early", row.transfer_date)
    if row.data_type in POSTAL and row.paid_at_hhmm != NO_TIME:
        yield table.fault("paid_at_hhmm", "postal_with_time", row.paid_at_hhmm)
    if row.data_type is ReceiptsCsvType.POSTAL_TRANSFER and barcode[30:36] != NO_LIMIT:
        yield table.fault("barcode", "postal_with_limit_date", barcode[30:36])


def _faults(row: CsvReceipt, _row_no: int) -> Iterator[Fault]:
    return receipt_faults(TABLE, row)


TABLE = receipts_table({kind.value: kind for kind in ReceiptsCsvType}, _faults)


def read_receipts_csv(
    source: Source, expected: FileTotals | None = None
) -> Iterator[CsvReceipt | FileProblem]:
    """Stream receipts and problems; `expected` are the totals that travelled beside the file."""
    return TABLE.read(source, expected)


def load_receipts_csv(
    source: Source, expected: FileTotals | None = None
) -> LoadedFile[list[str], CsvReceipt]:
    """Read a whole file: column names, receipts, all problems."""
    return load_rows(TABLE.names, read_receipts_csv(source, expected))


def write_receipts_csv(rows: Iterable[CsvReceipt]) -> bytes:
    """Write a whole file; FileProblemError for a row that cannot be written exactly."""
    return b"".join(TABLE.stream(rows))


def receipts_csv_totals(data: bytes, rows: Iterable[CsvReceipt]) -> FileTotals:
    """Return count, sum of 金額 and SHA-256, to travel beside the file."""
    return TABLE.totals(data, rows)
