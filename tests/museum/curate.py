"""Makes the museum's files from invented data, each damaged in the one way its name says.

`python -m tests.museum.curate` writes the bytes; what is expected of them stands in the JSON beside
each file and is written by hand.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from shared.files.codes import DataType
from shared.kit.money import Yen
from tests.museum import curate_shuno
from tests.museum.curate_tables import EXHIBITS, csv_files, row_left_out
from tests.museum.curate_zengin_and_shops import zengin_and_shops
from tests.museum.damage import Exhibits
from tests.museum.damage import change_at as _change
from tests.museum.damage import changer as _changer
from tests.museum.damage import cut as _cut
from tests.museum.damage import written as _written
from tests.unit.shared.files.invented_records import (
    BILLING,
    CENTRE_RECEIPTS,
    DEPOSIT,
    DEPOSITS,
    DEPOSITS_HEADER,
    RECEIPTS,
    receipt,
)
from tests.unit.shared.files.invented_rows import CHOUTEI, COMMISSIONS, RESULTS
from tests.unit.shared.files.invented_values import KEY

FILES = Path(__file__).parent / "files"


def receipts() -> Exhibits:
    """Return the 120-byte files; theirs have CRLF."""
    good = _written(RECEIPTS)
    records = good.removesuffix(b"\r\n").split(b"\r\n")
    change = _changer(records, b"\r\n")
    shifted = records[1][:15] + b"1" + records[1][15:119]
    pair = [receipt(), receipt(DataType.CANCELLED)]
    return {
        "good.dat": good,
        "good_without_line_ends.dat": b"".join(records),
        "good_empty_day.dat": RECEIPTS.write(RECEIPTS.header, []),
        "good_01_and_its_03.dat": RECEIPTS.write(RECEIPTS.header, pair),
        "good_foreign_without_sequence.dat": RECEIPTS.write(
            replace(RECEIPTS.header, file_sequence=None), RECEIPTS.records
        ),
        "wrong_total.dat": change(5, 8, b"000000099415"),
        "wrong_count.dat": change(5, 2, b"000004"),
        "wrong_barcode_check_digit.dat": change(2, 59, b"0"),
        "damaged_day.dat": change(2, 4, b"2025 602"),
        "filler_used.dat": change(3, 107, b"X"),
        "unknown_chain_code.dat": change(2, 102, b"0820"),
        "mixed_channels.dat": change(3, 102, b"9001"),
        "cancelled_without_reason.dat": change(4, 106, b" "),
        "lower_case_name.dat": change(1, 20, b"shinjuku"),
        "variant_a.dat": b"\r\n".join([records[0], shifted, records[4], records[5], b""]),
        "cut_in_the_middle.dat": good[:300],
        "one_other_line_end.dat": good.replace(b"\r\n", b"\n\r", 3).replace(b"\n\r", b"\r\n", 2),
        "without_end_record.dat": b"".join(record + b"\r\n" for record in records[:5]),
        "two_blocks.dat": b"".join(r + b"\r\n" for r in [*records[:5], *records]),
    }


def billing() -> Exhibits:
    """Return the centre's upload files, without line ends."""
    good = _written(BILLING)
    change = _changer(_cut(good, 256), b"")
    header, first, second, trailer, end = _cut(good, 256)
    wrong_parts = _change(first, 54, b"00000033137")
    seal = hmac.digest(KEY, wrong_parts[:215] + wrong_parts[247:248], "sha256")[:16].hex()
    resealed = _change(wrong_parts, 216, seal.encode())
    hashed = header + resealed + second + trailer[:38]
    digest = hashlib.sha256(hashed).hexdigest().encode()
    return {
        "good.dat": good,
        "good_with_line_ends.dat": b"".join(record + b"\r\n" for record in _cut(good, 256)),
        "amount_changed_after_sealing.dat": change(2, 53, b"9"),
        "name_changed_after_sealing.dat": change(2, 136, b"\xb1"),
        "parts_do_not_add_up_resealed.dat": hashed + digest + trailer[102:] + end,
        "record_left_out.dat": header + first + trailer + end,
        "records_swapped.dat": header + second + first + trailer + end,
        "wrong_hash.dat": change(4, 39, b"0" * 64),
        "short_payment_number.dat": change(2, 14, b"123456789012345     "),
    }


def centre_receipts() -> Exhibits:
    """Return the centre's receipts files, without line ends."""
    good = _written(CENTRE_RECEIPTS)
    records = _cut(good, 200)
    change = _changer(records, b"")
    return {
        "good.dat": good,
        "paid_day_changed_after_sealing.dat": change(2, 56, b"3"),
        "confirmed_line_left_out.dat": b"".join(records[:2] + records[3:]),
        "no_time_of_day.dat": change(2, 57, b"246000"),
        "unknown_medium.dat": change(3, 70, b"77"),
        "wrong_sum_of_cancellations.dat": change(5, 65, b"0000000033139"),
        "end_record_with_text.dat": change(6, 2, b"END"),
    }


def zengin_deposits() -> Exhibits:
    """Return deposit notices, without line ends."""
    good = _written(DEPOSITS)
    header, first, second, _, end = records = _cut(good, 200)
    change = _changer(records, b"")
    wide = first[:128] + b"%012d%012d" % (66_276, 0) + b" " * 48
    trailer_b = b"8%06d%012d%06d%012d" % (1, 66_276, 0, 0) + b" " * 163
    ends = [date(2018, 12, 31), date(2019, 4, 30), date(2019, 5, 1), date(2019, 12, 31)]
    eras = [replace(DEPOSIT, booked_on=day, value_date=day, amount_yen=Yen(1)) for day in ends]
    return {
        "good.dat": good,
        "good_with_end_of_file_mark.dat": good + b"\x1a",
        "good_format_b.dat": header + wide + trailer_b + end,
        "good_across_the_eras.dat": DEPOSITS.write(
            replace(
                DEPOSITS_HEADER,
                created_on=date(2020, 1, 6),
                period_from=ends[0],
                period_to=ends[-1],
            ),
            eras,
        ),
        "formats_mixed.dat": header + first + wide + second + records[3] + end,
        "day_that_is_none.dat": change(2, 8, b"070631"),
        "day_after_the_end_of_heisei.dat": change(2, 8, b"310501"),
        "cancelled_counted_as_transfer.dat": change(3, 128, b" "),
        "ebcdic.dat": change(1, 4, b"1"),
        "cheques_not_digits.dat": change(2, 30, b"         -"),
    }


def choutei() -> Exhibits:
    """Return files of assessments."""
    good = _written(CHOUTEI)
    return (
        csv_files(CHOUTEI)
        | row_left_out(CHOUTEI)
        | {
            "breakdown_does_not_add_up.csv": good.replace(b",9000,", b",9001,", 1),
            "limit_before_due.csv": good.replace(b"2025-09-30", b"2025-06-29", 1),
            "state_number_as_id.csv": good.replace(b"P-000001", b"123456789012", 1),
            "child_part_before_2026.csv": good.replace(b",4138,0,", b",4137,1,", 1),
            "current_year_of_an_earlier_levy.csv": good.replace(
                b"2025,2025,2025", b"2026,2025,2025", 1
            ),
            "levied_after_its_fiscal_year.csv": good.replace(
                b"2025,2025,2025", b"2025,2025,2026", 1
            ),
            "amount_with_decimals.csv": good.replace(b",33138,", b",33138.0,", 1),
            "shift_jis.csv": good.decode().encode("cp932"),
        }
    )


def nofu_jutaku_hokoku() -> Exhibits:
    """Return reports of the card agent."""
    good = _written(COMMISSIONS)
    return (
        csv_files(COMMISSIONS)
        | row_left_out(COMMISSIONS)
        | {
            "amount_differs_from_barcode.csv": good.replace(b",33138,", b",33139,", 1),
            "remitted_but_status_0.csv": good.replace(b"T-77,1", b"T-77,0"),
            "remitted_late_but_status_1.csv": good.replace(b"2025-06-10,T-77", b"2025-06-11,T-77"),
            "approval_number_not_masked.csv": good.replace(b"****12", b"123456", 1),
        }
    )


def billing_results() -> Exhibits:
    """Return result files of the centre."""
    good = _written(RESULTS)
    return (
        csv_files(RESULTS)
        | row_left_out(RESULTS)
        | {
            "refused_without_code.csv": good.replace(b"E110", b""),
            "accepted_with_code.csv": good.replace(b",0,,,", b",0,E110,,"),
        }
    )


def collection() -> Iterator[tuple[Path, bytes]]:
    """Yield the path and the bytes of each exhibit."""
    for folder, exhibits in (
        ("mobile_regi_receipts", receipts()),
        ("billing", billing()),
        ("centre_receipts", centre_receipts()),
        ("zengin_deposits", zengin_deposits()),
        ("choutei", choutei()),
        ("nofu_jutaku_hokoku", nofu_jutaku_hokoku()),
        ("billing_results", billing_results()),
        *zengin_and_shops(),
        *((name, make()) for name, make in EXHIBITS.items()),
        ("shuno", curate_shuno.exhibits()),
    ):
        for name, data in exhibits.items():
            yield FILES / folder / name, data


if __name__ == "__main__":
    for path, data in collection():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
