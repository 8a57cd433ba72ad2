"""Invented rows of receipts CSVs, pay-in statements and day sheets; strategies for more."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from shared.files import keisansho, receipts_csv, receipts_csv_129, suito_nippyo
from shared.files.receipts_csv import ReceiptsCsvType
from shared.keys.barcode import Barcode
from shared.keys.channels import CHANNEL_OF_CODE, Channel
from shared.kit.money import Yen
from tests.unit.shared.files.invented_values import (
    BARCODE,
    BARCODES,
    DAYS,
    HHMM,
    Format,
    number,
    numbered,
    values_of,
    yen,
)

# --- the 13-column receipts CSV and its dialect -------------------------------------------------

POSTAL_BARCODE = Barcode("912345", "00001", "1250112345678900", 0, None, 0, Yen(33_138))


def csv_receipt(data_type=ReceiptsCsvType.PRELIMINARY, **changes):
    postal = data_type in receipts_csv.POSTAL
    values = {
        "data_type": data_type,
        "paid_on": date(2025, 6, 2),
        "paid_at_hhmm": "0000" if postal else "1201",
        "barcode": POSTAL_BARCODE.digits if postal else BARCODE.digits,
        "chain_code": "910" if postal else "020",
        "chain_name": "郵便振替" if postal else "見本ストア～本店",
        "shop_code": "000000",
        "transfer_date": (
            date(2025, 6, 10) if data_type in receipts_csv.WITH_TRANSFER_DATE else None
        ),
        "created_on": date(2025, 6, 3),
    }
    return receipts_csv.csv_receipt(**{**values, **changes})


def _whole(barcode, data_type):
    """Return a barcode that this type may bear: a postal transfer has no limit date."""
    if data_type is not ReceiptsCsvType.POSTAL_TRANSFER:
        return barcode
    amount = Yen(int(barcode[37:43]))
    digits = Barcode(barcode[2:8], barcode[8:13], barcode[13:29], 0, None, 0, amount).digits
    assert digits[30:36] == receipts_csv.NO_LIMIT
    return digits


@st.composite
def _csv_receipt(draw, types):
    data_type = draw(st.sampled_from(types))
    postal = data_type in receipts_csv.POSTAL
    return csv_receipt(
        data_type,
        paid_on=draw(DAYS),
        paid_at_hhmm="0000" if postal else draw(HHMM),
        barcode=_whole(draw(BARCODES), data_type),
        chain_code=draw(number(3) | number(4)),
        chain_name=draw(st.text('ｱﾞ亜見本～"店,ABC 019\u3000①', max_size=12)),
        shop_code=draw(number(6) | number(7)),
        transfer_date=draw(DAYS) if data_type in receipts_csv.WITH_TRANSFER_DATE else None,
        created_on=draw(DAYS),
    )


def _lists_of(rows):
    return st.lists(rows, max_size=4)


CSV_TYPES = list(ReceiptsCsvType)
CSV_RECEIPTS = Format(
    "receipts_csv",
    receipts_csv.TABLE.names,
    [csv_receipt(data_type) for data_type in CSV_TYPES],
    lambda _, records: receipts_csv.write_receipts_csv(records),
    receipts_csv.load_receipts_csv,
    st.just(receipts_csv.TABLE.names),
    _lists_of(_csv_receipt(CSV_TYPES)),
    lambda record: record.amount_yen,
)
TYPES_129 = list(receipts_csv_129.TYPES.values())
CSV_RECEIPTS_129 = Format(
    "receipts_csv_129",
    receipts_csv_129.TABLE.names,
    [csv_receipt(data_type) for data_type in TYPES_129],
    lambda _, records: receipts_csv_129.write_receipts_csv_129(records),
    receipts_csv_129.load_receipts_csv_129,
    st.just(receipts_csv_129.TABLE.names),
    _lists_of(_csv_receipt(TYPES_129)),
    lambda record: record.amount_yen,
)

# --- the pay-in statement -----------------------------------------------------------------------

PART = keisansho.StatementLine(
    record_no=1,
    municipality="131041",
    channel=Channel.MOBILE_CREDIT,
    remitter_code="0000009002",
    collected_from=date(2025, 6, 2),
    collected_to=date(2025, 6, 3),
    paid_in_on=date(2025, 6, 10),
    levy_year=2025,
    instalment=1,
    count=2,
    amount_yen=Yen(66_276),
)


def line(of, **changes):
    return type(of)(**{**values_of(of), **changes})


def _with_totals(parts):
    """Put the total under each run of parts of one pay-in."""
    lines = []
    for index, part in enumerate(parts):
        lines.append(part)
        if index + 1 == len(parts) or parts[index + 1].pay_in != part.pay_in:
            own = [other for other in parts if other.pay_in == part.pay_in]
            count, amount = sum(p.count for p in own), sum(int(p.amount_yen) for p in own)
            lines.append(
                line(part, levy_year=None, instalment=None, count=count, amount_yen=Yen(amount))
            )
    return numbered(lines)


@st.composite
def _statement(draw):
    parts = {}
    for _ in range(draw(st.integers(0, 4))):
        days = sorted(draw(st.sampled_from([date(2025, 6, n) for n in (2, 3, 10)])) for _ in "123")
        channel = CHANNEL_OF_CODE[draw(st.sampled_from(sorted(CHANNEL_OF_CODE)))]
        count = draw(st.integers(0, 999))
        part = line(
            PART,
            channel=channel,
            remitter_code=draw(number(10)),
            collected_from=days[0],
            collected_to=days[1],
            paid_in_on=days[2],
            levy_year=draw(st.integers(0, 9999)),
            instalment=draw(st.integers(0, 99)),
            count=count,
            amount_yen=draw(yen()) if count else Yen(0),
        )
        parts[(*part.pay_in, part.levy_year, part.instalment)] = part
        second = line(part, instalment=draw(st.integers(0, 99)))
        parts[(*second.pay_in, second.levy_year, second.instalment)] = second
    return _with_totals([parts[key] for key in sorted(parts)])


STATEMENT = Format(
    "keisansho",
    keisansho.TABLE.names,
    _with_totals(
        [
            line(PART, channel=Channel.MOBILE_BANKING, remitter_code="0000009001", count=1),
            PART,
            line(PART, instalment=2, count=1, amount_yen=Yen(1_923)),
        ]
    ),
    lambda _, records: keisansho.write_keisansho(records),
    keisansho.load_keisansho,
    st.just(keisansho.TABLE.names),
    _statement(),
    keisansho.TABLE.amount,
)

# --- the cashier's day sheet --------------------------------------------------------------------

TAKEN = suito_nippyo.CounterLine(
    record_no=1,
    office_code="",
    channel=Channel.WARD_COUNTER,
    collected_on=date(2025, 6, 2),
    receipt_number="R-0001",
    notice_number="123456789",
    levy_year=2025,
    instalment=1,
    amount_yen=Yen(33_138),
    correction_of="",
    reason="",
)
TAKEN_BACK = line(TAKEN, receipt_number="R-0003", correction_of="R-0001", reason="A1")


def counter_total(lines):
    net = sum(each.signed_yen for each in lines)
    return line(
        lines[0],
        receipt_number="",
        notice_number="",
        levy_year=None,
        instalment=None,
        amount_yen=Yen(net),
        correction_of="",
        reason="",
    )


@st.composite
def _sheet(draw):
    day = draw(DAYS)
    lines = []
    counters = draw(st.lists(st.sampled_from(["", "101", "S02"]), unique=True, max_size=2))
    for office in sorted(counters):
        channel = Channel.BRANCH_OFFICE if office else Channel.WARD_COUNTER
        own = []
        for place in range(draw(st.integers(1, 3))):
            taken = line(
                TAKEN,
                office_code=office,
                channel=channel,
                collected_on=day,
                receipt_number=f"R-{place}",
                notice_number=draw(number(9)),
                levy_year=draw(st.integers(0, 9999)),
                instalment=draw(st.integers(0, 99)),
                amount_yen=Yen(draw(st.integers(1, 10**9))),
            )
            own.append(taken)
            if draw(st.booleans()):
                number_back = f"{taken.receipt_number}-B"
                own.append(
                    line(
                        taken,
                        receipt_number=number_back,
                        correction_of=taken.receipt_number,
                        reason="9",
                    )
                )
        lines += [*own, counter_total(own)]
    return numbered(lines)


_AT_WARD = [TAKEN, line(TAKEN, receipt_number="R-0002", instalment=2), TAKEN_BACK]
_AT_BRANCH = [line(TAKEN, office_code="101", channel=Channel.BRANCH_OFFICE, instalment=3)]
SHEET = Format(
    "suito_nippyo",
    suito_nippyo.TABLE.names,
    numbered([*_AT_WARD, counter_total(_AT_WARD), *_AT_BRANCH, counter_total(_AT_BRANCH)]),
    lambda _, records: suito_nippyo.write_suito_nippyo(records),
    suito_nippyo.load_suito_nippyo,
    st.just(suito_nippyo.TABLE.names),
    _sheet(),
    lambda record: record.signed_yen,
)

TABLES = [CSV_RECEIPTS, CSV_RECEIPTS_129, STATEMENT, SHEET]
