"""Every format that can be told from its first bytes: its name, how to read it, what to know first.

Knows no file's path and no key; that variants A and B of the 120-byte receipts are told apart is
here and nowhere else (DOMAIN §3.4). A format that is added is one entry in FORMATS.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from typing import Any

from shared.files import (
    billing,
    billing_results,
    centre_receipts,
    choutei,
    convenience_receipts_a,
    convenience_receipts_b,
    direct_debit_results,
    keisansho,
    mobile_regi_receipts,
    nofu_jutaku_hokoku,
    receipts_csv,
    receipts_csv_129,
    shuno,
    suito_nippyo,
    zengin_deposits,
    zengin_statement,
    zengin_statement_records,
)
from shared.files.framing import CRLF, LF, Source
from shared.files.problems import FileProblem
from shared.keys.barcode import demand_barcode_form
from shared.keys.channels import CHANNEL_OF_CHAIN_CODE
from shared.keys.problems import KeyProblem

# So many bytes of a file are looked at to recognise it.
FIRST_BYTES = 4096
# Proves nothing; stands in where a file is read without its seal's key.
_NO_KEY = bytes(32)
WRONG_SEAL = "wrong_seal"

Recogniser = Callable[[bytes], bool]


class Need(Enum):
    """What a reader must be told besides the bytes."""

    NOTHING = "nothing"
    SEAL_KEY = "seal key"
    RECEIVED_ON = "day of receipt"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known when a file is read: the seal's key, and the Tokyo day it was received on."""

    seal_key: bytes | None = None
    received_on: date | None = None


@dataclass(frozen=True)
class KnownFormat:
    """One format. `identity` names the attributes by which one record is the same in two files."""

    name: str
    japanese: str
    recognises: Recogniser
    read: Callable[..., Iterator[Any]]
    record: type[Any]
    identity: tuple[str, ...]
    need: Need = Need.NOTHING

    def items(self, source: Source, reading: Reading) -> Iterator[Any]:
        """Stream headers, records and problems; ValueError if the reader's need is not met."""
        if self.need is Need.SEAL_KEY:
            if reading.seal_key is None:
                raise ValueError("the key of the seals is not known")
            return self.read(source, reading.seal_key)
        if self.need is Need.RECEIVED_ON:
            if reading.received_on is None:
                raise ValueError("the day of receipt is not known")
            return self.read(source, received_on=reading.received_on)
        return self.read(source)

    def problems_but_seals(self, source: Source) -> Iterator[FileProblem]:
        """Yield every problem of a sealed file except those of its seals, whose key is not known.

        No record comes out: one whose seal was not checked is not proved to be sound.
        """
        for item in self.read(source, _NO_KEY):
            if isinstance(item, FileProblem) and item.code != WRONG_SEAL:
                yield item


def begins_with(*beginnings: bytes) -> Recogniser:
    """Recognise a fixed-length file by the first bytes of its header."""
    return lambda first: first.startswith(beginnings)


def csv_header(
    names: Sequence[str], encoding: str = "utf-8", first_fields: Collection[str] | None = None
) -> Recogniser:
    """Recognise a CSV by its header row: more than half of the names stand at their places.

    `first_fields`: what the first field of the first row may be, for dialects with one header.
    """

    def recognises(first: bytes) -> bool:
        lines = [line.rstrip(b"\r").decode(encoding, "replace") for line in first.split(b"\n")]
        found = lines[0].removeprefix("\ufeff").split(",")
        same = sum(left == right for left, right in zip(found, names, strict=False))
        if same * 2 <= len(names):
            return False
        row = lines[1].partition(",")[0].strip('"') if len(lines) > 1 else ""
        return first_fields is None or not row or row in first_fields

    return recognises


DATA_KIND = "2"


class Variant(StrEnum):
    """The 120-byte receipts files (DOMAIN §3.1, §3.4); UNCLEAR where no data record tells."""

    A = "A"
    B = "B"
    OURS = "ours"
    UNCLEAR = "unclear"


def receipts_120(*variants: Variant) -> Recogniser:
    """Recognise a 120-byte receipts file whose first data record is of one of these variants.

    Its header begins with `1` and a century; the direct-debit file, as long, has `191` there.
    """
    begins = begins_with(b"119", b"120", b"121")
    return lambda first: begins(first) and receipts_variant(first) in variants


def receipts_variant(first: bytes) -> Variant:
    """Tell the variant by where `91` stands *and* by the barcode's check digit.

    A has the barcode at 17-60, B at 16-59. Ours is B with a chain code of ours at 102-105. One
    damaged barcode does not hide it: the first record that tells decides; where no check digit is
    right, `91` before digits does, so that the right reader says what is wrong.
    """
    length = mobile_regi_receipts.LENGTH
    line_end = next((end for end in (CRLF, LF) if first.startswith(end, length)), b"")
    stride = length + len(line_end)
    starts = range(stride, len(first) - len(first) % stride, stride)
    images = [first[start : start + length].decode("latin-1") for start in starts]
    for seems_barcode in (_is_barcode, _begins_like_barcode):
        for image in images:
            told = _variant_of(image, seems_barcode)
            if told is not Variant.UNCLEAR:
                return told
    return Variant.UNCLEAR


def _variant_of(image: str, seems_barcode: Callable[[str], bool]) -> Variant:
    if image[0] != DATA_KIND:
        return Variant.UNCLEAR
    if seems_barcode(image[15:59]):
        return Variant.OURS if image[101:105] in CHANNEL_OF_CHAIN_CODE else Variant.B
    return Variant.A if seems_barcode(image[16:60]) else Variant.UNCLEAR


def _is_barcode(text: str) -> bool:
    try:
        demand_barcode_form(text)
    except KeyProblem:
        return False
    return True


def _begins_like_barcode(text: str) -> bool:
    return text.startswith("91") and text.isdigit()


_CLAIM = ("levy_year", "notice_number", "instalment")
_PAID = ("paid_on", "data_type")
# The first entry that recognises a file has it.
FORMATS: tuple[KnownFormat, ...] = (
    KnownFormat(
        "billing",
        "請求データ（共同利用センター）",
        begins_with(b"171"),
        billing.read_billing,
        billing.BillingRecord,
        ("payment_number",),
        Need.SEAL_KEY,
    ),
    KnownFormat(
        "centre_receipts",
        "収納データ（共同利用センター）",
        begins_with(b"181"),
        centre_receipts.read_centre_receipts,
        centre_receipts.CentreReceipt,
        ("payment_number", "bank_code", "receipt_number", *_PAID),
        Need.SEAL_KEY,
    ),
    KnownFormat(
        "zengin_deposits",
        "振込入金通知（全銀）",
        begins_with(b"101"),
        zengin_deposits.read_deposits,
        zengin_deposits.Deposit,
        ("booked_on", "inquiry_number"),
        Need.RECEIVED_ON,
    ),
    KnownFormat(
        "zengin_statement",
        "入出金取引明細（全銀）",
        begins_with(b"103"),
        zengin_statement.read_statement,
        zengin_statement_records.StatementLine,
        ("booked_on", "inquiry_number"),
        Need.RECEIVED_ON,
    ),
    KnownFormat(
        "direct_debit_results",
        "口座振替結果（全銀）",
        begins_with(b"191"),
        direct_debit_results.read_debits,
        direct_debit_results.DirectDebit,
        ("customer_number", "bank_code", "branch_code", "account_number"),
    ),
    KnownFormat(
        "convenience_receipts_a",
        "収納データ（コンビニ等・A形式）",
        receipts_120(Variant.A),
        convenience_receipts_a.read_receipts,
        convenience_receipts_a.ReceiptA,
        ("barcode", "paid_at_hhmm", "shop_code", *_PAID),
    ),
    KnownFormat(
        "convenience_receipts_b",
        "収納データ（コンビニ等・B形式）",
        receipts_120(Variant.B),
        convenience_receipts_b.read_receipts,
        convenience_receipts_b.ReceiptB,
        ("barcode", "paid_at_hhmm", "shop_code", *_PAID),
    ),
    # What tells no variant, such as a day without receipts, is taken for ours.
    KnownFormat(
        "mobile_regi_receipts",
        "収納データ（モバイルレジ）",
        receipts_120(Variant.OURS, Variant.UNCLEAR),
        mobile_regi_receipts.read_receipts,
        mobile_regi_receipts.Receipt,
        ("barcode", "paid_at_hhmm", "shop_code", *_PAID),
    ),
    KnownFormat(
        "choutei",
        "調定データ",
        csv_header(choutei.TABLE.names),
        choutei.read_choutei,
        choutei.Assessment,
        _CLAIM,
    ),
    KnownFormat(
        "shuno",
        "収納データ（標準システム取込用）",
        csv_header(shuno.TABLE.names),
        shuno.read_shuno,
        shuno.ReceiptRow,
        ("receipt_id", "data_type"),
    ),
    KnownFormat(
        "receipts_csv",
        "収納データ（CSV 13項目）",
        csv_header(
            receipts_csv.TABLE.names, "cp932", {kind.value for kind in receipts_csv.ReceiptsCsvType}
        ),
        receipts_csv.read_receipts_csv,
        receipts_csv.CsvReceipt,
        ("barcode", "paid_at_hhmm", "shop_code", *_PAID),
    ),
    KnownFormat(
        "receipts_csv_129",
        "収納データ（CSV 13項目・種別1/2/9）",
        csv_header(receipts_csv_129.TABLE.names, "cp932", receipts_csv_129.TYPES),
        receipts_csv_129.read_receipts_csv_129,
        receipts_csv.CsvReceipt,
        ("barcode", "paid_at_hhmm", "shop_code", *_PAID),
    ),
    KnownFormat(
        "keisansho",
        "払込計算書",
        csv_header(keisansho.TABLE.names),
        keisansho.read_keisansho,
        keisansho.StatementLine,
        ("municipality", "channel", "paid_in_on", "levy_year", "instalment"),
    ),
    KnownFormat(
        "suito_nippyo",
        "出納日報",
        csv_header(suito_nippyo.TABLE.names),
        suito_nippyo.read_suito_nippyo,
        suito_nippyo.CounterLine,
        ("office_code", "collected_on", "receipt_number"),
    ),
    KnownFormat(
        "nofu_jutaku_hokoku",
        "納付受託報告",
        csv_header(nofu_jutaku_hokoku.TABLE.names),
        nofu_jutaku_hokoku.read_nofu_jutaku_hokoku,
        nofu_jutaku_hokoku.Commission,
        ("commission_number",),
    ),
    KnownFormat(
        "billing_results",
        "請求データ処理結果",
        csv_header(billing_results.TABLE.names),
        billing_results.read_billing_results,
        billing_results.BillingResult,
        ("payment_number", "proc"),
    ),
)


def recognise(first: bytes) -> KnownFormat | None:
    """Return the format of a file that begins with these bytes (FIRST_BYTES are enough), or None.

    A damaged file is recognised by what is left of its beginning: it is read, and refused, as that.
    """
    return next((known for known in FORMATS if known.recognises(first)), None)


def format_named(name: str) -> KnownFormat | None:
    """Return a format by its name, or None."""
    return next((known for known in FORMATS if known.name == name), None)
