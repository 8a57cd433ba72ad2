"""Invented files as long as a six-digit count allows, one case for each fixed-length format.

Records are made in chunks, so that the time it takes to invent them can be told from the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, BinaryIO

from shared.files import (
    billing,
    centre_receipts,
    convenience_receipts_a,
    convenience_receipts_b,
    direct_debit_results,
    mobile_regi_receipts,
    zengin_deposits,
    zengin_statement,
    zengin_statement_records,
)
from shared.files.framing import CRLF, NO_LINE_END
from shared.files.layout import RecordLayout
from shared.keys.check_digits import modulus_10_weight_3
from shared.kit.money import Yen
from tests.unit.shared.files import invented_records as invented
from tests.unit.shared.files import invented_zengin_and_shops as more
from tests.unit.shared.files.invented_values import BARCODE, KEY, RECEIVED_ON

CHUNK_RECORDS = 10_000
NAMES = ("ﾔﾏｶﾞﾐ ﾊﾅ", "ﾐﾎﾝ ﾀﾛｳ", "ｹｲｻﾝ ｼﾞﾛｳ", "ﾓｼﾞ ｶｽﾞｺ", "ﾌﾘｶﾞﾅ ｻﾝﾌﾟﾙ", "ABC ｼﾖｳｼﾞ")


@dataclass(frozen=True)
class Case:
    """A format with a long file: how a record of it is made, and what is measured with the file.

    `record(n, random)` is data record number n. Each of `streams` is drawn to its end, and must
    yield no problem. Conversions have a file of their own (long_conversions).
    """

    name: str
    layout: RecordLayout
    line_end: bytes
    header: Any
    record: Callable[[int, Random], Any]
    write: Callable[[Any, Iterator[Any]], Iterator[bytes]]
    streams: dict[str, Callable[[BinaryIO], Iterator[Any]]]

    @property
    def stride(self) -> int:
        """The number of bytes from one record to the next."""
        return self.layout.length + len(self.line_end)


@dataclass
class Invention:
    """Records of a case in chunks, and the seconds that it took to invent them."""

    case: Case
    seconds: float = field(default=0.0)
    cpu_seconds: float = field(default=0.0)

    def records(self, count: int) -> Iterator[Any]:
        """Give records 1 to `count`; the same ones each time."""
        random = Random(self.case.name)
        for start in range(1, count + 1, CHUNK_RECORDS):
            began, cpu_began = time.perf_counter(), time.process_time()
            end = min(start + CHUNK_RECORDS, count + 1)
            chunk = [self.case.record(number, random) for number in range(start, end)]
            self.seconds += time.perf_counter() - began
            self.cpu_seconds += time.process_time() - cpu_began
            yield from chunk


def _digits(random: Random, width: int) -> str:
    return f"{random.randrange(10**width):0{width}d}"


def _clock(random: Random) -> str:
    return f"{random.randrange(24):02d}{random.randrange(60):02d}{random.randrange(60):02d}"


def _barcode(random: Random) -> str:
    body = f"{BARCODE.digits[:13]}{_digits(random, 16)}{BARCODE.digits[29:37]}"
    body += f"{random.randrange(300_001):06d}"
    return f"{body}{modulus_10_weight_3(body)}"


def _receipt(number: int, random: Random) -> mobile_regi_receipts.Receipt:
    return invented.receipt(
        barcode=_barcode(random),
        paid_at_hhmm=_clock(random)[:4],
        shop_code=_digits(random, 7),
    )


def _billing_record(number: int, random: Random) -> billing.BillingRecord:
    principal, late = Yen(random.randrange(1, 150_000)), Yen(random.randrange(0, 10_000, 100))
    return replace(
        invented.BILLING_RECORD,
        record_seq=number,
        payment_number=_digits(random, 18),
        amount_yen=principal + late,
        principal_yen=principal,
        late_charge_yen=late,
        instalment=1 + number % 10,
        notice_number=_digits(random, 9),
        payer_name_kana=random.choice(NAMES),
    )


def _centre_receipt(number: int, random: Random) -> centre_receipts.CentreReceipt:
    return invented.centre_receipt(
        record_seq=number,
        payment_number=_digits(random, 18),
        amount_yen=Yen(random.randrange(1, 150_000)),
        paid_at_hhmmss=_clock(random),
        bank_code=_digits(random, 4),
        receipt_number=f"R{_digits(random, 10)}",
        notice_number=_digits(random, 9),
        instalment=1 + number % 10,
    )


def _deposit(number: int, random: Random) -> zengin_deposits.Deposit:
    return replace(
        invented.DEPOSIT,
        inquiry_number=_digits(random, 6),
        amount_yen=Yen(random.randrange(1, 1_000_000)),  # twelve digits hold the sum of all
        remitter_code=_digits(random, 10),
        remitter_name_kana=random.choice(NAMES),
    )


def _shop_receipt_a(number: int, random: Random) -> convenience_receipts_a.ReceiptA:
    return more.receipt_a(
        barcode=_barcode(random),
        paid_at_hhmm=_clock(random)[:4],
        shop_code=_digits(random, 7),
        customer_class=_digits(random, 2),
    )


def _shop_receipt_b(number: int, random: Random) -> convenience_receipts_b.ReceiptB:
    return more.receipt_b(
        barcode=_barcode(random),
        paid_at_hhmm=_clock(random)[:4],
        shop_code=_digits(random, 7),
        cvs_code=f"{random.randrange(40):04d}",
    )


def _statement_line(number: int, random: Random) -> zengin_statement_records.StatementLine:
    kinds = zengin_statement_records.TransactionKind
    return replace(
        more.TRANSFER_IN,
        inquiry_number=f"{number:08d}",
        direction=random.choice(tuple(zengin_statement_records.Direction)),
        transaction_kind=random.choice(tuple(kinds)),
        amount_yen=Yen(random.randrange(1, 1_000_000)),
        remitter_code=_digits(random, 10),
        remitter_name_kana=random.choice(NAMES),
    )


def _debit(number: int, random: Random) -> direct_debit_results.DirectDebit:
    return more.debit(
        branch_code=_digits(random, 3),
        account_number=_digits(random, 7),
        holder_name_kana=random.choice(NAMES),
        amount_yen=Yen(random.randrange(1, 150_000)),
        customer_number=_digits(random, 11),
        result=random.choice(tuple(direct_debit_results.DebitResult)),
    )


CASES = {
    case.name: case
    for case in (
        Case(
            "mobile_regi_receipts",
            mobile_regi_receipts.DATA_LAYOUT,
            CRLF,
            invented.RECEIPTS_HEADER,
            _receipt,
            mobile_regi_receipts.stream_receipts,
            {"read": mobile_regi_receipts.read_receipts},
        ),
        Case(
            "billing",
            billing.DATA_LAYOUT,
            NO_LINE_END,
            invented.BILLING_HEADER,
            _billing_record,
            lambda header, records: billing.stream_billing(header, records, KEY),
            {"read": lambda file: billing.read_billing(file, KEY)},
        ),
        Case(
            "centre_receipts",
            centre_receipts.DATA_LAYOUT,
            NO_LINE_END,
            invented.CENTRE_HEADER,
            _centre_receipt,
            lambda header, records: centre_receipts.stream_centre_receipts(header, records, KEY),
            {"read": lambda file: centre_receipts.read_centre_receipts(file, KEY)},
        ),
        Case(
            "zengin_deposits",
            zengin_deposits.DATA_LAYOUT,
            NO_LINE_END,
            invented.DEPOSITS_HEADER,
            _deposit,
            zengin_deposits.stream_deposits,
            {"read": lambda file: zengin_deposits.read_deposits(file, received_on=RECEIVED_ON)},
        ),
        Case(
            "zengin_statement",
            zengin_statement_records.DATA_LAYOUT,
            NO_LINE_END,
            more.STATEMENT_HEADER,
            _statement_line,
            zengin_statement.stream_statement,
            {"read": lambda file: zengin_statement.read_statement(file, received_on=RECEIVED_ON)},
        ),
        Case(
            "convenience_receipts_a",
            convenience_receipts_a.DATA_LAYOUT,
            CRLF,
            more.SHOPS_HEADER,
            _shop_receipt_a,
            convenience_receipts_a.stream_receipts,
            {"read": convenience_receipts_a.read_receipts},
        ),
        Case(
            "convenience_receipts_b",
            convenience_receipts_b.DATA_LAYOUT,
            CRLF,
            more.SHOPS_HEADER,
            _shop_receipt_b,
            convenience_receipts_b.stream_receipts,
            {"read": convenience_receipts_b.read_receipts},
        ),
        Case(
            "direct_debit_results",
            direct_debit_results.DATA_LAYOUT,
            NO_LINE_END,
            more.DEBITS_HEADER,
            _debit,
            direct_debit_results.stream_debits,
            {"read": direct_debit_results.read_debits},
        ),
    )
}
