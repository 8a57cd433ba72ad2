"""Invented headers and records of the fixed-length formats, and strategies that make more."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from shared.files import billing, centre_receipts, mobile_regi_receipts, zengin_deposits
from shared.files.codes import DataType, Proc
from shared.keys.channels import Channel
from shared.keys.payment_number import SlipType
from shared.kit.money import Yen
from tests.unit.shared.files.invented_values import (
    BARCODE,
    BARCODES,
    DAYS,
    ERA_DAYS,
    HHMM,
    HHMMSS,
    KEY,
    MIDSUMMER,
    RECEIVED_ON,
    Format,
    kana,
    lists_of,
    number,
    number_between,
    numbered,
    values_of,
    yen,
)

# --- the 120-byte receipts file ---------------------------------------------------------------

RECEIPTS_HEADER = mobile_regi_receipts.ReceiptsHeader(
    created_on=date(2025, 6, 3),
    agent_code="00012",
    company_code="00001",
    company_name_kana="ｼﾝｼﾞﾕｸｸ ｺｸﾎ",
    file_sequence=7,
)


def receipt(data_type=DataType.PRELIMINARY, **changes):
    values = {
        "data_type": data_type,
        "paid_on": date(2025, 6, 2),
        "paid_at_hhmm": "1201",
        "barcode": BARCODE.digits,
        "shop_code": "0000001",
        "acquired_on": date(2025, 6, 3),
        "transfer_date": None,
        "booked_on": None,
        "channel": Channel.MOBILE_CREDIT,
        "cancel_reason": 3 if data_type == DataType.CANCELLED else None,
    }
    return mobile_regi_receipts.Receipt(**{**values, **changes})


@st.composite
def _receipts(draw):
    channel = draw(st.sampled_from([Channel.MOBILE_BANKING, Channel.MOBILE_CREDIT]))
    kinds = draw(lists_of(st.sampled_from(DataType)))
    return [
        mobile_regi_receipts.Receipt(
            data_type=kind,
            paid_on=draw(DAYS),
            paid_at_hhmm=draw(HHMM),
            barcode=draw(BARCODES),
            shop_code=draw(number(7)),
            acquired_on=draw(DAYS),
            transfer_date=draw(st.none() | DAYS),
            booked_on=draw(st.none() | DAYS),
            channel=channel,
            cancel_reason=draw(st.integers(1, 3)) if kind == DataType.CANCELLED else None,
        )
        for kind in kinds
    ]


RECEIPTS = Format(
    "mobile_regi_receipts",
    RECEIPTS_HEADER,
    [
        receipt(),
        receipt(DataType.CONFIRMED, transfer_date=date(2025, 6, 10), booked_on=date(2025, 6, 5)),
        receipt(DataType.CANCELLED, shop_code="0000002", paid_at_hhmm="2359"),
    ],
    mobile_regi_receipts.write_receipts,
    mobile_regi_receipts.load_receipts,
    st.builds(
        mobile_regi_receipts.ReceiptsHeader,
        DAYS,
        number(5),
        number(5),
        kana(40),
        st.none() | st.integers(0, 999_999),
    ),
    _receipts(),
    lambda record: record.amount_yen,
)

# --- the centre's upload file -----------------------------------------------------------------

BILLING_HEADER = billing.BillingHeader(
    institution_number="13104",
    category="000",
    created_on=date(2025, 6, 2),
    created_at_hhmmss="165959",
    file_sequence=1,
    effective_from=date(2025, 6, 3),
    institution_name_kana="ｼﾝｼﾞﾕｸｸ",
)
BILLING_RECORD = billing.BillingRecord(
    proc=Proc.ADD,
    record_seq=1,
    institution_number="13104",
    payment_number="125011234567890024",
    confirmation_number="7406",
    category="341",
    amount_yen=Yen(33_138),
    principal_yen=Yen(33_138),
    late_charge_yen=Yen(0),
    fee_yen=Yen(0),
    due_date=MIDSUMMER,
    limit_date=date(2025, 9, 30),
    levy_year=2025,
    assessed_year=2025,
    instalment=1,
    account_code="0001",
    notice_number="123456789",
    issue=0,
    slip_type=SlipType.INSTALMENT,
    payer_name_kana="ﾔﾏｶﾞﾐ ﾊﾅ",
    description_kana="ｺｸﾎ ﾎｹﾝﾘﾖｳ",
    effective_from=date(2025, 6, 3),
)


@st.composite
def _billing_record(draw):
    principal, late, fee = draw(yen()), draw(yen()), draw(yen())
    due, limit = sorted([draw(DAYS), draw(DAYS)])
    proc = draw(st.sampled_from(Proc))
    return billing.BillingRecord(
        proc=proc,
        record_seq=0,
        institution_number="13104",
        payment_number=draw(number_between(16, 20)),
        confirmation_number=draw(number_between(4, 6)),
        category=draw(number(3)),
        amount_yen=principal + late + fee,
        principal_yen=principal,
        late_charge_yen=late,
        fee_yen=fee,
        due_date=due,
        limit_date=limit,
        levy_year=draw(st.integers(2000, 2099)),
        assessed_year=draw(st.integers(2000, 2099)),
        instalment=draw(st.integers(0, 99)),
        account_code=draw(number(4)),
        notice_number=draw(number_between(1, 16)),
        issue=draw(st.integers(0, 99)),
        slip_type=draw(st.sampled_from(SlipType)),
        payer_name_kana=draw(kana(48)),
        description_kana=draw(kana(24)),
        effective_from=draw(DAYS),
        delete_reason=draw(st.integers(1, 4)) if proc == Proc.DELETE else None,
    )


BILLING = Format(
    "billing",
    BILLING_HEADER,
    numbered(
        [
            BILLING_RECORD,
            billing.BillingRecord(
                **{**values_of(BILLING_RECORD), "proc": Proc.DELETE, "delete_reason": 2}
            ),
        ]
    ),
    lambda header, records: billing.write_billing(header, records, KEY),
    lambda data: billing.load_billing(data, KEY),
    st.builds(
        billing.BillingHeader,
        st.just("13104"),
        st.just("000"),
        DAYS,
        HHMMSS,
        st.integers(0, 999_999),
        DAYS,
        kana(40),
    ),
    lists_of(_billing_record()).map(numbered),
    lambda record: record.amount_yen,
)

# --- the centre's receipts file ---------------------------------------------------------------

CENTRE_HEADER = centre_receipts.CentreReceiptsHeader(
    institution_number="13104",
    created_on=date(2025, 6, 3),
    created_at_hhmmss="060000",
    file_sequence=3,
    period_from=date(2025, 6, 2),
    period_to=date(2025, 6, 2),
    institution_name_kana="ｼﾝｼﾞﾕｸｸ",
)


def centre_receipt(data_type=DataType.PRELIMINARY, record_seq=1, **changes):
    cancelled = data_type == DataType.CANCELLED
    values = {
        "data_type": data_type,
        "record_seq": record_seq,
        "institution_number": "13104",
        "payment_number": "125011234567890024",
        "category": "341",
        "amount_yen": Yen(33_138),
        "paid_on": date(2025, 6, 2),
        "paid_at_hhmmss": "120130",
        "bank_code": "0001",
        "branch_code": "001",
        "medium": "01",
        "receipt_number": "A0000001",
        "transfer_date": date(2025, 6, 5),
        "paid_in_on": None,
        "created_on": date(2025, 6, 3),
        "cancel_reason": 1 if cancelled else None,
        "cancelled_receipt_number": "A0000001" if cancelled else "",
        "notice_number": "123456789",
        "levy_year": 2025,
        "instalment": 1,
    }
    return centre_receipts.CentreReceipt(**{**values, **changes})


@st.composite
def _centre_receipt(draw):
    kind = draw(st.sampled_from(DataType))
    receipt_number = st.text("0123456789ABCDEF-", min_size=1, max_size=20)
    cancelled = kind == DataType.CANCELLED
    return centre_receipt(
        kind,
        payment_number=draw(number_between(16, 20)),
        category=draw(number(3)),
        amount_yen=draw(yen(99_999_999_999)),
        paid_on=draw(DAYS),
        paid_at_hhmmss=draw(HHMMSS),
        bank_code=draw(number(4)),
        branch_code=draw(number(3)),
        medium=draw(st.sampled_from(centre_receipts.MEDIA)),
        receipt_number=draw(receipt_number),
        transfer_date=draw(st.none() | DAYS),
        paid_in_on=draw(st.none() | DAYS) if kind == DataType.CONFIRMED else None,
        created_on=draw(DAYS),
        cancel_reason=draw(st.integers(1, 3)) if cancelled else None,
        cancelled_receipt_number=draw(receipt_number) if cancelled else "",
        notice_number=draw(number_between(1, 16)),
        levy_year=draw(st.integers(0, 9999)),
        instalment=draw(st.integers(0, 99)),
    )


@st.composite
def _centre_headers(draw):
    first, last = sorted([draw(DAYS), draw(DAYS)])
    return centre_receipts.CentreReceiptsHeader(
        "13104",
        draw(DAYS),
        draw(HHMMSS),
        draw(st.integers(0, 999_999)),
        first,
        last,
        draw(kana(40)),
    )


CENTRE_RECEIPTS = Format(
    "centre_receipts",
    CENTRE_HEADER,
    [
        centre_receipt(),
        centre_receipt(DataType.CONFIRMED, 2, paid_in_on=date(2025, 6, 5)),
        centre_receipt(DataType.CANCELLED, 3),
    ],
    lambda header, records: centre_receipts.write_centre_receipts(header, records, KEY),
    lambda data: centre_receipts.load_centre_receipts(data, KEY),
    _centre_headers(),
    lists_of(_centre_receipt()).map(numbered),
    lambda record: record.amount_yen,
)

# --- the Zengin deposit notice ----------------------------------------------------------------

DEPOSITS_HEADER = zengin_deposits.DepositsHeader(
    created_on=date(2025, 6, 3),
    period_from=date(2025, 6, 2),
    period_to=date(2025, 6, 2),
    bank_code="0001",
    bank_name_kana="ﾐﾎﾝ",
    branch_code="001",
    branch_name_kana="ﾎﾝﾃﾝ",
    account_type="1",
    account_number="1234567",
    account_name_kana="ｼﾝｼﾞﾕｸｸ ｶｲｹｲｶﾝﾘｼﾔ",
)
DEPOSIT = zengin_deposits.Deposit(
    inquiry_number="000001",
    booked_on=date(2025, 6, 2),
    value_date=date(2025, 6, 2),
    amount_yen=Yen(66_276),
    cheques_yen=Yen(0),
    remitter_code="0000009002",
    remitter_name_kana="ﾀﾞｲｺｳｶｲｼﾔ",
    sending_bank_kana="ﾐﾎﾝ",
    sending_branch_kana="ｼﾃﾝ",
)
CANCELLED_DEPOSIT = zengin_deposits.Deposit(
    **{**values_of(DEPOSIT), "inquiry_number": "000002", "cancel_mark": "1", "edi": "X-1"}
)


@st.composite
def _deposits_headers(draw):
    first, last = sorted([draw(ERA_DAYS), draw(ERA_DAYS)])
    return zengin_deposits.DepositsHeader(
        draw(ERA_DAYS),
        first,
        last,
        draw(number(4)),
        draw(kana(15)),
        draw(number(3)),
        draw(kana(15)),
        draw(st.sampled_from("124")),
        draw(number(7)),
        draw(kana(40)),
    )


DEPOSITS = Format(
    "zengin_deposits",
    DEPOSITS_HEADER,
    [DEPOSIT, CANCELLED_DEPOSIT],
    zengin_deposits.write_deposits,
    lambda data: zengin_deposits.load_deposits(data, received_on=RECEIVED_ON),
    _deposits_headers(),
    lists_of(
        st.builds(
            zengin_deposits.Deposit,
            number(6),
            ERA_DAYS,
            st.none() | ERA_DAYS,
            yen(9_999_999_999),
            yen(9_999_999_999),
            number(10),
            kana(48),
            kana(15),
            kana(15),
            st.sampled_from(["", "0", "1"]),
            kana(20),
        )
    ),
    lambda record: record.amount_yen,
)
