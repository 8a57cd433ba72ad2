"""Makes the museum's CSV files: what may happen to any of them, and what is particular to each.

Knows no fixed-length file; `tests.museum.curate` writes the bytes.
"""

from __future__ import annotations

from shared.files import receipts_csv
from shared.files.receipts_csv import ReceiptsCsvType
from tests.unit.shared.files.invented_tables import (
    CSV_RECEIPTS,
    CSV_RECEIPTS_129,
    SHEET,
    STATEMENT,
    csv_receipt,
)
from tests.unit.shared.files.invented_values import Format

Exhibits = dict[str, bytes]


def written(file_format: Format) -> bytes:
    """Return the invented file of a format."""
    return file_format.write(file_format.header, file_format.records)


def csv_files(file_format: Format) -> Exhibits:
    """Return the damages that every CSV may suffer."""
    good = written(file_format)
    header, first, *rest = good.split(b"\r\n")
    return {
        "good.csv": good,
        "good_without_rows.csv": header + b"\r\n",
        "byte_order_mark.csv": b"\xef\xbb\xbf" + good,
        "unix_line_ends.csv": good.replace(b"\r\n", b"\n"),
        "last_line_end_missing.csv": good.removesuffix(b"\r\n"),
        "column_too_many.csv": b"\r\n".join([header, first + b",", *rest]),
        "open_quote.csv": b"\r\n".join([header, b'"' + first, *rest]),
        "no_header.csv": b"\r\n".join([first, *rest]),
    }


def row_left_out(file_format: Format) -> Exhibits:
    """Return a file whose first row is missing; only where the file itself can tell."""
    header, _, *rest = written(file_format).split(b"\r\n")
    return {"row_left_out.csv": b"\r\n".join([header, *rest])}


def _cp932_damages(file_format: Format) -> Exhibits:
    good = written(file_format)
    name = "見本ストア～本店".encode("cp932")
    return {
        "in_utf_8.csv": good.decode("cp932").encode(),
        "name_without_quotes.csv": good.replace(b'"' + name + b'"', name, 1),
        "every_field_in_quotes.csv": _all_quoted(good),
        "not_sign_with_other_bytes.csv": good.replace(name, b"\xfa\x54", 1),
        "amount_differs_from_barcode.csv": good.replace(b",33138,", b",33139,", 1),
        "user_field_differs_from_barcode.csv": good.replace(b",125011,", b",125012,", 1),
        "stamp_flag_differs_from_barcode.csv": good.replace(b",0,33138,", b",1,33138,", 1),
        "wrong_barcode_check_digit.csv": good.replace(b"331386,", b"331387,", 1),
        "transfer_date_too_early.csv": good.replace(b",0,20250603", b",20250610,20250603", 1),
        "transfer_date_missing.csv": good.replace(b",20250610,20250603", b",0,20250603", 1),
    }


def _all_quoted(good: bytes) -> bytes:
    bare = good.replace(b'"', b"").removesuffix(b"\r\n").split(b"\r\n")
    return b"".join(b'"' + line.replace(b",", b'","') + b'"\r\n' for line in bare)


def receipts_csvs() -> Exhibits:
    """Return downloads of the collection agency."""
    good = written(CSV_RECEIPTS)
    comma = [csv_receipt(chain_name='見本, "ストア"')]
    return (
        csv_files(CSV_RECEIPTS)
        | _cp932_damages(CSV_RECEIPTS)
        | {
            "good_comma_and_quotes_in_a_name.csv": receipts_csv.write_receipts_csv(comma),
            "good_01_and_its_03.csv": receipts_csv.write_receipts_csv(
                [csv_receipt(), csv_receipt(ReceiptsCsvType.CANCELLED)]
            ),
            "the_other_dialect.csv": written(CSV_RECEIPTS_129),
            "postal_with_time.csv": good.replace(b",0000,", b",1201,", 1),
            "without_ean.csv": good.replace(b",EAN", b",", 1),
        }
    )


def receipts_csvs_129() -> Exhibits:
    """Return files of the dialect with the types 1, 2 and 9."""
    return (
        csv_files(CSV_RECEIPTS_129)
        | _cp932_damages(CSV_RECEIPTS_129)
        | {"the_other_dialect.csv": written(CSV_RECEIPTS)}
    )


def keisansho() -> Exhibits:
    """Return pay-in statements."""
    good = written(STATEMENT)
    header, *rows = good.removesuffix(b"\r\n").split(b"\r\n")
    without_last = b"".join(row + b"\r\n" for row in [header, *rows[:-1]])
    twice = [b"%d,%s" % (n, row.partition(b",")[2]) for n, row in enumerate(rows[:2] * 2, 1)]
    return (
        csv_files(STATEMENT)
        | row_left_out(STATEMENT)
        | {
            "part_changed.csv": good.replace(b",1923\r\n", b",1932\r\n"),
            "total_changed.csv": good.replace(b",68199\r\n", b",68198\r\n"),
            "last_total_missing.csv": without_last,
            "same_pay_in_twice.csv": b"".join(row + b"\r\n" for row in [header, *twice]),
            "same_part_twice.csv": good.replace(b",2025,02,", b",2025,01,"),
            "period_reversed.csv": good.replace(b"2025-06-02", b"2025-06-04"),
            "paid_in_before_collected.csv": good.replace(b"2025-06-10", b"2025-06-02"),
            "another_municipality.csv": good.replace(b"4,131041", b"4,131059"),
            "amount_without_count.csv": good.replace(b",02,1,1923", b",02,0,1923"),
            "unknown_channel.csv": good.replace(b"MRB", b"XXX"),
            "instalment_without_year.csv": good.replace(b",2025,02,", b",,02,"),
        }
    )


def suito_nippyo() -> Exhibits:
    """Return day sheets of cashiers."""
    good = written(SHEET)
    header, *rows = good.removesuffix(b"\r\n").split(b"\r\n")
    without_last = b"".join(row + b"\r\n" for row in [header, *rows[:-1]])
    return (
        csv_files(SHEET)
        | row_left_out(SHEET)
        | {
            "receipt_changed.csv": good.replace(b",02,33138,", b",02,33183,"),
            "correction_without_reason.csv": good.replace(b",R-0001,A1", b",R-0001,"),
            "reason_without_correction.csv": good.replace(b",R-0001,A1", b",,A1"),
            "corrects_itself.csv": good.replace(b",R-0001,A1", b",R-0003,A1"),
            "channel_that_is_no_counter.csv": good.replace(b",KUC,", b",CVS,", 1),
            "branch_without_office_code.csv": good.replace(b",101,SHU", b",,SHU"),
            "two_days.csv": good.replace(b"5,101,SHU,2025-06-02", b"5,101,SHU,2025-06-03"),
            "last_total_missing.csv": without_last,
            "receipt_of_nothing.csv": good.replace(b",02,33138,", b",02,0,"),
        }
    )


EXHIBITS = {
    "receipts_csv": receipts_csvs,
    "receipts_csv_129": receipts_csvs_129,
    "keisansho": keisansho,
    "suito_nippyo": suito_nippyo,
}
