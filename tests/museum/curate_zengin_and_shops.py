"""Makes the museum's receipts of variants A and B, account statements and direct debit results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from shared.files import convenience_receipts_a, convenience_receipts_b
from shared.files.codes import DataType
from shared.files.direct_debit_results import DebitResult
from shared.files.zengin_statement import write_statement
from shared.files.zengin_statement_records import BalanceSign
from shared.keys.check_digits import modulus_10_weight_3
from shared.kit.money import Yen
from tests.museum.damage import Exhibits, change_at, changer, cut, written
from tests.unit.shared.files.invented_records import RECEIPTS, receipt
from tests.unit.shared.files.invented_values import BARCODE
from tests.unit.shared.files.invented_zengin_and_shops import (
    DEBITS,
    DEBITS_HEADER,
    SHOPS_A,
    SHOPS_B,
    SHOPS_HEADER,
    STATEMENT,
    STATEMENT_HEADER,
    debit,
    receipt_a,
    receipt_b,
    statement_line,
)


def receipts_a() -> Exhibits:
    """Return 120-byte files of variant A; theirs have CRLF."""
    good = written(SHOPS_A)
    of_b = written(SHOPS_B)
    records = good.removesuffix(b"\r\n").split(b"\r\n")
    change = changer(records, b"\r\n")
    body = BARCODE.digits[:37] + "300001"
    over_cap = f"{body}{modulus_10_weight_3(body)}".encode()
    lines = [*records]
    lines[1] = change_at(lines[1], 17, over_cap)
    lines[4] = change_at(lines[4], 8, b"%012d" % (300_001 + 2 * 33_138))
    mixed = [*records]
    mixed[2] = of_b.split(b"\r\n")[2]
    blocks = [(SHOPS_HEADER, [receipt_a()]), (SHOPS_HEADER, [])]
    return {
        "good.dat": good,
        "good_without_line_ends.dat": b"".join(records),
        "good_empty_day.dat": SHOPS_A.write(SHOPS_HEADER, []),
        "variant_b.dat": of_b,
        "one_receipt_of_variant_b.dat": b"".join(line + b"\r\n" for line in mixed),
        "wrong_barcode_check_digit.dat": change(2, 60, b"0"),
        "barcode_over_cap.dat": b"".join(line + b"\r\n" for line in lines),
        "wrong_total.dat": change(5, 8, b"000000099415"),
        "wrong_count.dat": change(5, 2, b"000004"),
        "customer_class_half_blank.dat": change(2, 71, b"2 "),
        "filler_used.dat": change(3, 103, b"X"),
        "chain_code_left_justified.dat": change(2, 97, b"10    "),
        "two_blocks.dat": b"".join(convenience_receipts_a.stream_receipts_of_blocks(blocks)),
        "cut_in_the_middle.dat": good[:300],
    }


def receipts_b() -> Exhibits:
    """Return 120-byte files of variant B as foreign agencies send it; theirs have CRLF."""
    good = written(SHOPS_B)
    records = good.removesuffix(b"\r\n").split(b"\r\n")
    change = changer(records, b"\r\n")
    numbered = replace(SHOPS_HEADER, file_sequence=7)
    chains = [receipt_b(cvs_code=code) for code in ("0010", "0680", "0820", "9001", "9002")]
    blocks = [(SHOPS_HEADER, [receipt_b()]), (SHOPS_HEADER, [receipt_b()])]
    return {
        "good.dat": good,
        "good_without_line_ends.dat": b"".join(records),
        "good_with_sequence.dat": SHOPS_B.write(numbered, SHOPS_B.records),
        "good_of_five_chains.dat": SHOPS_B.write(SHOPS_HEADER, chains),
        "variant_a.dat": written(SHOPS_A),
        "our_03_with_its_reason.dat": RECEIPTS.write(
            RECEIPTS.header, [receipt(DataType.CANCELLED)]
        ),
        "wrong_barcode_check_digit.dat": change(2, 59, b"0"),
        "wrong_total.dat": change(5, 8, b"000000099415"),
        "unnamed_half_filled.dat": change(4, 86, b"2025    "),
        "chain_code_with_letters.dat": change(2, 102, b"SEJ "),
        "two_blocks.dat": b"".join(convenience_receipts_b.stream_receipts_of_blocks(blocks)),
        "without_end_record.dat": b"".join(record + b"\r\n" for record in records[:5]),
    }


def statements() -> Exhibits:
    """Return account statements, without line ends."""
    good = written(STATEMENT)
    header, first, _, third, trailer, end = records = cut(good, 200)
    change = changer(records, b"")
    counted = cut(write_statement(STATEMENT_HEADER, STATEMENT.records, end_counts=True), 200)
    nothing = replace(STATEMENT_HEADER, opening_amount_yen=Yen(0))
    overdrawn = replace(STATEMENT_HEADER, opening_sign=BalanceSign.OVERDRAWN)
    ends = [date(2018, 12, 31), date(2019, 4, 30), date(2019, 5, 1), date(2019, 12, 31)]
    long_period = replace(
        STATEMENT_HEADER, created_on=date(2020, 1, 6), period_from=ends[0], period_to=ends[-1]
    )
    eras = [statement_line(booked_on=day, value_date=day) for day in ends]
    voiced = statement_line(remitter_name_kana="ｱ" * 46 + "ﾊﾟ", edi="ｱ" * 18 + "ｶﾞ")
    return {
        "good.dat": good,
        "good_with_line_ends.dat": b"".join(record + b"\r\n" for record in records),
        "good_with_end_of_file_mark.dat": good + b"\x1a",
        "good_with_end_counts.dat": b"".join(counted),
        "good_with_account_count_only.dat": changer(counted, b"")(6, 2, b" " * 10),
        "good_overdrawn.dat": STATEMENT.write(overdrawn, STATEMENT.records),
        "good_across_the_eras.dat": STATEMENT.write(long_period, eras),
        "good_voiced_kana_at_field_end.dat": STATEMENT.write(STATEMENT_HEADER, [voiced]),
        "correction_without_its_19.dat": change(4, 23, b"18"),
        "out_read_as_in.dat": change(3, 22, b"1"),
        "opening_sign_wrong.dat": change(1, 114, b"2"),
        "closing_balance_wrong.dat": change(5, 41, b"00000000200001"),
        "overdrawn_by_nothing.dat": change_at(STATEMENT.write(nothing, []), 114, b"2"),
        "line_left_out.dat": header + first + third + trailer + end,
        "data_count_wrong.dat": change(5, 55, b"0000004"),
        "account_count_wrong.dat": changer(counted, b"")(6, 12, b"00002"),
        "day_that_is_none.dat": change(2, 10, b"070631"),
        "day_of_another_era.dat": change(2, 10, b"310501"),
        "lower_case_name.dat": change(2, 82, b"daiko"),
        "notice_of_kind_01.dat": change(1, 2, b"01"),
    }


def direct_debit_results() -> Exhibits:
    """Return direct debit results, without line ends."""
    good = written(DEBITS)
    header, first, _, third, trailer, end = records = cut(good, 120)
    change = changer(records, b"")
    leap_day = replace(DEBITS_HEADER, debited_mmdd="0229")
    return {
        "good.dat": good,
        "good_with_line_ends.dat": b"".join(record + b"\r\n" for record in records),
        "good_29_february.dat": DEBITS.write(leap_day, DEBITS.records),
        "good_every_result.dat": DEBITS.write(
            DEBITS_HEADER, [debit(result=result) for result in DebitResult]
        ),
        "debited_read_as_failed.dat": change(2, 112, b"1"),
        "unknown_result.dat": change(2, 112, b"7"),
        "day_that_no_year_has.dat": change(1, 55, b"0230"),
        "wrong_sum_of_failures.dat": change(5, 44, b"000000055877"),
        "debit_left_out.dat": header + first + third + trailer + end,
        "amount_filled_with_spaces.dat": change(2, 81, b"     33138"),
    }


def zengin_and_shops() -> Iterator[tuple[str, Exhibits]]:
    """Yield each folder with its exhibits."""
    yield "convenience_receipts_a", receipts_a()
    yield "convenience_receipts_b", receipts_b()
    yield "zengin_statement", statements()
    yield "direct_debit_results", direct_debit_results()
