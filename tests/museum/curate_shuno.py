"""The museum's files of receipts for the standard system, each damaged as its name says."""

from __future__ import annotations

from tests.unit.shared.files.invented_receipts import SHUNO


def exhibits() -> dict[str, bytes]:
    """Return the exhibits by file name."""
    good = SHUNO.write(SHUNO.header, SHUNO.records)
    header, first, second, third, _ = good.split(b"\r\n")
    unmatched = b"\r\n".join([header, second.replace(b"2,payeasy", b"1,payeasy", 1), b""])

    def first_row(old: bytes, new: bytes) -> bytes:
        return b"\r\n".join([header, first.replace(old, new, 1), second, third, b""])

    return {
        "good.csv": good,
        "good_without_rows.csv": header + b"\r\n",
        "good_without_what_is_assessed.csv": unmatched,
        "parts_do_not_add_up.csv": first_row(b",9000,", b",9001,"),
        "principal_is_not_the_amount.csv": first_row(b",33138,33138,", b",33139,33138,"),
        "breakdown_half_told.csv": first_row(b",20000,9000,", b",,9000,"),
        "breakdown_without_match.csv": first_row(b",2,1,", b",2,,"),
        "year_class_left_out.csv": first_row(b",0001,1,33138", b",0001,,33138"),
        "notice_without_year.csv": first_row(b",123456789,2025,", b",123456789,,"),
        "exception_without_match.csv": unmatched.replace(b",2,,\r\n", b",2,,over_assessed\r\n"),
        "paid_in_before_it_is_confirmed.csv": first_row(b",PEZ,02,", b",PEZ,01,"),
        "unknown_channel.csv": first_row(b",PEZ,", b",MPN,"),
        "byte_order_mark.csv": b"\xef\xbb\xbf" + good,
        "column_too_many.csv": first_row(first, first + b","),
        "last_line_end_missing.csv": good.removesuffix(b"\r\n"),
        "row_left_out.csv": b"\r\n".join([header, second, third, b""]),
    }
