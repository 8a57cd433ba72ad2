"""Invented files as long as a six-digit count allows, one case for each fixed-length format.

Records are made in chunks, so that the time it takes to invent them can be told from the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, BinaryIO

from shared.files import billing, centre_receipts, mobile_regi_receipts, zengin_deposits
from shared.files.framing import CRLF, NO_LINE_END
from shared.files.layout import RecordLayout
from shared.keys.check_digits import modulus_10_weight_3
from shared.kit.money import Yen
from tests.unit.shared.files import invented_records as invented
from tests.unit.shared.files.invented_values import BARCODE, KEY, RECEIVED_ON

CHUNK_RECORDS = 10_000
NAMES = ("ﾔﾏｶﾞﾐ ﾊﾅ", "ﾐﾎﾝ ﾀﾛｳ", "ｹｲｻﾝ ｼﾞﾛｳ", "ﾓｼﾞ ｶｽﾞｺ", "ﾌﾘｶﾞﾅ ｻﾝﾌﾟﾙ", "ABC ｼﾖｳｼﾞ")


@dataclass(frozen=True)
class Case:
    """A format with a long file: how a record of it is made, and what is measured with the file.

    `record(n, random)` is data record number n. Each of `streams` is drawn to its end, and must
    yield no problem; a conversion joins by being one more of them.
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


def _receipt(number: int, random: Random) -> mobile_regi_receipts.Receipt:
    body = f"{BARCODE.digits[:13]}{_digits(random, 16)}{BARCODE.digits[29:37]}"
    body += f"{random.randrange(300_001):06d}"
    return invented.receipt(
        barcode=f"{body}{modulus_10_weight_3(body)}",
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
    )
}
