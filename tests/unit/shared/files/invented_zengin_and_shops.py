"""Invented shop receipts, account statements and direct debit results, and strategies for more."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from shared.files import (
    convenience_receipts_a,
    convenience_receipts_b,
    direct_debit_results,
    mobile_regi_receipts,
    zengin_statement,
)
from shared.files.codes import DataType
from shared.files.direct_debit_results import DebitResult
from shared.files.zengin_statement_records import (
    BalanceSign,
    Direction,
    StatementHeader,
    StatementLine,
    TransactionKind,
)
from shared.kit.money import Yen
from tests.unit.shared.files.invented_values import (
    BARCODE,
    BARCODES,
    DAYS,
    ERA_DAYS,
    HHMM,
    RECEIVED_ON,
    Format,
    kana,
    lists_of,
    number,
    values_of,
    yen,
)

# --- convenience-store receipts, variants A and B ---------------------------------------------

SHOPS_HEADER = mobile_regi_receipts.ReceiptsHeader(
    created_on=date(2025, 6, 3),
    agent_code="00021",
    company_code="00001",
    company_name_kana="ｼﾝｼﾞﾕｸｸ ｺｸﾎ",
    file_sequence=None,
)
SHOPS_HEADERS = st.builds(
    mobile_regi_receipts.ReceiptsHeader,
    DAYS,
    number(5),
    number(5),
    kana(40),
    st.none() | st.integers(0, 999_999),
)


def receipt_a(**changes):
    values = {
        "data_type": DataType.PRELIMINARY,
        "paid_on": date(2025, 6, 2),
        "paid_at_hhmm": "1201",
        "barcode_kind": "1",
        "barcode": BARCODE.digits,
        "shop_code": "0012345",
        "customer_class": "29",
        "acquired_on": date(2025, 6, 3),
        "transfer_date": None,
        "booked_on": None,
        "cvs_code": "000010",
    }
    return convenience_receipts_a.ReceiptA(**{**values, **changes})


def receipt_b(**changes):
    values = {
        "data_type": DataType.PRELIMINARY,
        "paid_on": date(2025, 6, 2),
        "paid_at_hhmm": "1201",
        "barcode": BARCODE.digits,
        "shop_code": "0012345",
        "acquired_on": date(2025, 6, 3),
        "transfer_date": None,
        "unnamed": "",
        "booked_on": None,
        "cvs_code": "0010",
    }
    return convenience_receipts_b.ReceiptB(**{**values, **changes})


SHOPS_A = Format(
    "convenience_receipts_a",
    SHOPS_HEADER,
    [
        receipt_a(),
        receipt_a(data_type=DataType.CONFIRMED, transfer_date=date(2025, 6, 10), barcode_kind=""),
        receipt_a(data_type=DataType.CANCELLED, customer_class="", cvs_code="000820"),
    ],
    convenience_receipts_a.write_receipts,
    convenience_receipts_a.load_receipts,
    SHOPS_HEADERS,
    lists_of(
        st.builds(
            convenience_receipts_a.ReceiptA,
            st.sampled_from(DataType),
            DAYS,
            HHMM,
            st.just("") | number(1),
            BARCODES,
            number(7),
            st.just("") | number(2),
            DAYS,
            st.none() | DAYS,
            st.none() | DAYS,
            number(6),
        )
    ),
    lambda record: record.amount_yen,
)
SHOPS_B = Format(
    "convenience_receipts_b",
    SHOPS_HEADER,
    [
        receipt_b(),
        receipt_b(data_type=DataType.CONFIRMED, transfer_date=date(2025, 6, 10), cvs_code="0820"),
        receipt_b(data_type=DataType.CANCELLED, unnamed="20250604", cvs_code="0680"),
    ],
    convenience_receipts_b.write_receipts,
    convenience_receipts_b.load_receipts,
    SHOPS_HEADERS,
    lists_of(
        st.builds(
            convenience_receipts_b.ReceiptB,
            st.sampled_from(DataType),
            DAYS,
            HHMM,
            BARCODES,
            number(7),
            DAYS,
            st.none() | DAYS,
            st.just("") | number(8),
            st.none() | DAYS,
            number(4),
        )
    ),
    lambda record: record.amount_yen,
)

# --- the Zengin account statement -------------------------------------------------------------

STATEMENT_HEADER = StatementHeader(
    created_on=date(2025, 6, 3),
    period_from=date(2025, 6, 2),
    period_to=date(2025, 6, 2),
    bank_code="0001",
    bank_name_kana="ﾐﾎﾝ",
    branch_code="001",
    branch_name_kana="ﾎﾝﾃﾝ",
    account_type="1",
    account_number="0001234567",
    account_name_kana="ｼﾝｼﾞﾕｸｸ ｶｲｹｲｶﾝﾘｼﾔ",
    opening_sign=BalanceSign.HOLDS,
    passbook_kind="1",
    opening_amount_yen=Yen(1_000_000),
)
TRANSFER_IN = StatementLine(
    inquiry_number="00000001",
    booked_on=date(2025, 6, 2),
    value_date=date(2025, 6, 2),
    direction=Direction.IN,
    transaction_kind=TransactionKind.BANK_TRANSFER,
    amount_yen=Yen(66_276),
    cheques_yen=Yen(0),
    clearing_presented_on=None,
    dishonoured_on=None,
    cheque_kind="",
    cheque_number="0000000",
    fellow_branch_code="000",
    remitter_code="0000009002",
    remitter_name_kana="ﾀﾞｲｺｳｶｲｼﾔ",
    sending_bank_kana="ﾐﾎﾝ",
    sending_branch_kana="ｼﾃﾝ",
)


def statement_line(**changes):
    return StatementLine(**{**values_of(TRANSFER_IN), **changes})


PAID_OUT = statement_line(
    inquiry_number="00000002",
    direction=Direction.OUT,
    transaction_kind=TransactionKind.ACCOUNT_TRANSFER,
    amount_yen=Yen(1_200_000),
    remitter_name_kana="",
    summary_kana="ｶﾝﾌﾟ",
)
CORRECTED = statement_line(
    inquiry_number="00000003",
    transaction_kind=TransactionKind.CORRECTION,
    edi="X-1",
)


@st.composite
def _statement_headers(draw):
    first, last = sorted([draw(ERA_DAYS), draw(ERA_DAYS)])
    sign = draw(st.sampled_from(BalanceSign))
    lowest = 1 if sign == BalanceSign.OVERDRAWN else 0
    return StatementHeader(
        draw(ERA_DAYS),
        first,
        last,
        draw(number(4)),
        draw(kana(15)),
        draw(number(3)),
        draw(kana(15)),
        draw(st.sampled_from("124")),
        draw(number(10)),
        draw(kana(40)),
        sign,
        draw(st.just("") | number(1)),
        Yen(draw(st.integers(lowest, 10**13))),
    )


STATEMENT = Format(
    "zengin_statement",
    STATEMENT_HEADER,
    [TRANSFER_IN, PAID_OUT, CORRECTED],
    zengin_statement.write_statement,
    lambda data: zengin_statement.load_statement(data, received_on=RECEIVED_ON),
    _statement_headers(),
    lists_of(
        st.builds(
            StatementLine,
            number(8),
            ERA_DAYS,
            st.none() | ERA_DAYS,
            st.sampled_from(Direction),
            st.sampled_from(TransactionKind),
            yen(10**12 - 1),
            yen(10**12 - 1),
            st.none() | ERA_DAYS,
            st.none() | ERA_DAYS,
            st.just("") | number(1),
            number(7),
            number(3),
            number(10),
            kana(48),
            kana(15),
            kana(15),
            kana(20),
            kana(20),
        )
    ),
    lambda record: record.signed_yen,
)

# --- direct debit results ---------------------------------------------------------------------

DEBITS_HEADER = direct_debit_results.DebitsHeader(
    client_code="0000131041",
    client_name_kana="ｼﾝｼﾞﾕｸｸ ｺｸﾎ",
    debited_mmdd="0630",
    bank_code="0001",
    bank_name_kana="ﾐﾎﾝ",
    branch_code="001",
    branch_name_kana="ﾎﾝﾃﾝ",
    account_type="1",
    account_number="1234567",
)


def debit(**changes):
    values = {
        "bank_code": "0001",
        "bank_name_kana": "ﾐﾎﾝ",
        "branch_code": "002",
        "branch_name_kana": "ｼﾃﾝ",
        "account_type": "1",
        "account_number": "7654321",
        "holder_name_kana": "ﾔﾏｶﾞﾐ ﾊﾅ",
        "amount_yen": Yen(33_138),
        "new_code": "0",
        "customer_number": "12345678901",
        "result": DebitResult.DEBITED,
    }
    return direct_debit_results.DirectDebit(**{**values, **changes})


DEBITS = Format(
    "direct_debit_results",
    DEBITS_HEADER,
    [
        debit(),
        debit(result=DebitResult.INSUFFICIENT_FUNDS, amount_yen=Yen(22_738)),
        debit(result=DebitResult.NO_MANDATE, new_code="1", account_type="9"),
    ],
    direct_debit_results.write_debits,
    direct_debit_results.load_debits,
    st.builds(
        direct_debit_results.DebitsHeader,
        number(10),
        kana(40),
        st.dates(date(2024, 1, 1), date(2024, 12, 31)).map("{:%m%d}".format),
        number(4),
        kana(15),
        number(3),
        kana(15),
        st.sampled_from("1239"),
        number(7),
    ),
    lists_of(
        st.builds(
            direct_debit_results.DirectDebit,
            number(4),
            kana(15),
            number(3),
            kana(15),
            st.sampled_from("1239"),
            number(7),
            kana(30),
            yen(9_999_999_999),
            st.sampled_from("012"),
            kana(20),
            st.sampled_from(DebitResult),
        )
    ),
    lambda record: record.amount_yen,
)
ZENGIN_AND_SHOPS = [SHOPS_A, SHOPS_B, STATEMENT, DEBITS]
