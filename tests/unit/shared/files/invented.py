"""Invented headers and records of every format, and strategies that make more of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from shared.files import (
    billing,
    billing_results,
    centre_receipts,
    choutei,
    mobile_regi_receipts,
    nofu_jutaku_hokoku,
    zengin_deposits,
)
from shared.files.codes import DataType, Proc
from shared.files.problems import LoadedFile
from shared.keys.barcode import Barcode
from shared.keys.channels import Channel
from shared.keys.payment_number import SlipType
from shared.kit.money import Yen

KEY = bytes(range(32))
RECEIVED_ON = date(2025, 6, 3)
MIDSUMMER = date(2025, 6, 30)


@dataclass(frozen=True)
class Format:
    """One format as the generic tests see it."""

    name: str
    header: Any
    records: list[Any]
    write: Callable[[Any, Any], bytes]
    load: Callable[[bytes], LoadedFile[Any, Any]]
    headers: st.SearchStrategy[Any]
    record_lists: st.SearchStrategy[list[Any]]
    total: Callable[[Any], int]

    def __str__(self) -> str:
        return self.name


def number(width):
    return st.text("0123456789", min_size=width, max_size=width)


def number_between(shortest, longest):
    return st.text("0123456789", min_size=shortest, max_size=longest)


def yen(highest=10**9):
    return st.integers(0, highest).map(Yen)


KANA = "ｱｲｳｴｵｶｷｸｹｺｻｼｽﾀﾁﾂﾞﾟｰ｢｣ABCXYZ019 ().-/¥"
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
ERA_DAYS = st.dates(date(2016, 1, 1), date(2026, 5, 31))
HHMM = st.builds("{:02d}{:02d}".format, st.integers(0, 23), st.integers(0, 59))
HHMMSS = st.builds("{}{:02d}".format, HHMM, st.integers(0, 59))


def kana(width):
    return st.text(KANA, max_size=width).map(lambda text: text.strip(" "))


def numbered(records, **changes):
    """Give records the running numbers that their file demands."""
    return [
        type(r)(**{**_values(r), **changes, _number_of(r): n}) for n, r in enumerate(records, 1)
    ]


def _values(record):
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _number_of(record):
    return "record_seq" if "record_seq" in record.__dataclass_fields__ else "record_no"


def lists_of(records):
    return st.lists(records, max_size=4)


# --- the 120-byte receipts file ---------------------------------------------------------------

BARCODE = Barcode("912345", "00001", "1250112345678900", 0, date(2025, 9, 30), 0, Yen(33_138))
BARCODES = st.builds(
    Barcode,
    number(6),
    number(5),
    number(16),
    st.integers(0, 9),
    st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(0, 1),
    st.integers(0, 300_000).map(Yen),
).map(lambda barcode: barcode.digits)

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
                **{**_values(BILLING_RECORD), "proc": Proc.DELETE, "delete_reason": 2}
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
    **{**_values(DEPOSIT), "inquiry_number": "000002", "cancel_mark": "1", "edi": "X-1"}
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

# --- choutei.csv ------------------------------------------------------------------------------

ASSESSMENT = choutei.Assessment(
    record_no=1,
    proc=Proc.ADD,
    fiscal_year=2025,
    assessed_year=2025,
    levy_year=2025,
    notice_number="123456789",
    history_number=1,
    instalment=1,
    account_code="0001",
    collection_method=1,
    payment_method=choutei.BY_SLIP,
    year_class=1,
    assessment_id="A-2025-000001",
    correction_count=0,
    reason_code="01",
    assessed_on=date(2025, 6, 2),
    amount_yen=Yen(33_138),
    medical_yen=Yen(20_000),
    support_yen=Yen(9_000),
    care_yen=Yen(4_138),
    child_yen=Yen(0),
    late_charge_yen=Yen(0),
    fee_yen=Yen(0),
    due_date=MIDSUMMER,
    limit_date=date(2025, 9, 30),
    slip_type=SlipType.INSTALMENT,
    issue=0,
    liable_person_id="P-000001",
    payer_name_kana="ﾔﾏｶﾞﾐ ﾊﾅ",
    name="山上, 花",
    postal_code="1600022",
    address_1='新宿区見本町1-2-3 "見本荘"',
    address_2="",
)
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), max_size=30
).map(lambda text: "".join(c for c in text if c not in "\ufffe\uffff"))
IDS = st.text("abcXYZ019_-", min_size=1, max_size=11)


@st.composite
def _assessment(draw):
    parts = [draw(yen()) for _ in range(4)]
    due, limit = sorted([draw(DAYS), draw(DAYS)])
    method = draw(st.sampled_from([1, 2, 3]))
    years = st.integers(2000, 2099)
    return choutei.Assessment(
        record_no=0,
        proc=draw(st.sampled_from(Proc)),
        fiscal_year=draw(years),
        assessed_year=draw(years),
        levy_year=draw(years),
        notice_number=draw(number(9)),
        history_number=draw(st.integers(0, 9999)),
        instalment=draw(st.integers(0, 99)),
        account_code=draw(number(4)),
        collection_method=draw(st.sampled_from([1, 2])),
        payment_method=method,
        year_class=draw(st.integers(1, 3)),
        assessment_id=draw(IDS),
        correction_count=draw(st.integers(0, 999)),
        reason_code=draw(st.text("0189AZ", max_size=8)),
        assessed_on=draw(DAYS),
        amount_yen=Yen(sum(parts)),
        medical_yen=parts[0],
        support_yen=parts[1],
        care_yen=parts[2],
        child_yen=parts[3],
        late_charge_yen=draw(yen()),
        fee_yen=draw(yen()),
        due_date=due,
        limit_date=limit if method == choutei.BY_SLIP else draw(st.sampled_from([None, limit])),
        slip_type=draw(st.sampled_from(SlipType)),
        issue=draw(st.integers(0, 99)),
        liable_person_id=draw(IDS),
        payer_name_kana=draw(kana(48)),
        name=draw(WORDS),
        postal_code=draw(st.just("") | number(7)),
        address_1=draw(WORDS),
        address_2=draw(WORDS),
    )


CHOUTEI = Format(
    "choutei",
    choutei.TABLE.names,
    numbered([ASSESSMENT, ASSESSMENT]),
    lambda _, records: choutei.write_choutei(records),
    choutei.load_choutei,
    st.just(choutei.TABLE.names),
    lists_of(_assessment()).map(numbered),
    lambda record: record.amount_yen,
)

# --- the card agent's report ------------------------------------------------------------------

COMMISSION = nofu_jutaku_hokoku.Commission(
    record_no=1,
    agent_id="card-agent",
    commission_number="C-0001",
    barcode=BARCODE.digits,
    amount_yen=Yen(33_138),
    fee_by_payer_yen=Yen(385),
    authorised_at=datetime(2025, 6, 2, 3, 1, 59, tzinfo=UTC),
    approval_number_masked="****12",
    brand="VISA",
    designated_date=date(2025, 6, 10),
    remitted_on=None,
    bank_ref="",
    status=nofu_jutaku_hokoku.CommissionStatus.COMMISSIONED,
)
REMITTED = nofu_jutaku_hokoku.Commission(
    **{
        **_values(COMMISSION),
        "remitted_on": date(2025, 6, 10),
        "bank_ref": "T-77",
        "status": nofu_jutaku_hokoku.CommissionStatus.REMITTED,
    }
)


@st.composite
def _commission(draw):
    status = draw(st.sampled_from(nofu_jutaku_hokoku.CommissionStatus))
    first, second = sorted([draw(DAYS), draw(DAYS)])
    remitted, designated = first, second
    if status == nofu_jutaku_hokoku.CommissionStatus.LATE:
        designated = first
        remitted = second if second > first else None
    elif status == nofu_jutaku_hokoku.CommissionStatus.COMMISSIONED:
        remitted = None
    barcode = draw(BARCODES)
    return nofu_jutaku_hokoku.Commission(
        record_no=0,
        agent_id=draw(IDS),
        commission_number=draw(IDS),
        barcode=barcode,
        amount_yen=Yen(int(barcode[37:43])),
        fee_by_payer_yen=draw(yen(9999)),
        authorised_at=datetime(2020, 1, 1, tzinfo=UTC)
        + timedelta(seconds=draw(st.integers(0, 300_000_000))),
        approval_number_masked=draw(st.sampled_from(["**", "****12", "********A1B2"])),
        brand=draw(st.sampled_from(nofu_jutaku_hokoku.BRANDS)),
        designated_date=designated,
        remitted_on=remitted,
        bank_ref=draw(IDS) if remitted else "",
        status=status,
    )


COMMISSIONS = Format(
    "nofu_jutaku_hokoku",
    nofu_jutaku_hokoku.TABLE.names,
    numbered([COMMISSION, REMITTED]),
    lambda _, records: nofu_jutaku_hokoku.write_nofu_jutaku_hokoku(records),
    nofu_jutaku_hokoku.load_nofu_jutaku_hokoku,
    st.just(nofu_jutaku_hokoku.TABLE.names),
    lists_of(_commission()).map(numbered),
    lambda record: record.amount_yen,
)

# --- the centre's result CSV ------------------------------------------------------------------

RESULT = billing_results.BillingResult(
    file_sequence=1,
    record_seq=1,
    proc=Proc.ADD,
    payment_number="125011234567890024",
    category="341",
    result=billing_results.BillingOutcome.ACCEPTED,
    error_code="",
    error_item="",
    processed_at=datetime(2025, 6, 2, 8, 0, 0, tzinfo=UTC),
)
REFUSED = billing_results.BillingResult(
    **{
        **_values(RESULT),
        "result": billing_results.BillingOutcome.REFUSED,
        "error_code": "E110",
        "error_item": "payment_number",
    }
)

RESULTS = Format(
    "billing_results",
    billing_results.TABLE.names,
    numbered([RESULT, REFUSED]),
    lambda _, records: billing_results.write_billing_results(records),
    billing_results.load_billing_results,
    st.just(billing_results.TABLE.names),
    lists_of(st.sampled_from([RESULT, REFUSED])).map(numbered),
    lambda _: 0,
)

FORMATS = [RECEIPTS, BILLING, CENTRE_RECEIPTS, DEPOSITS, CHOUTEI, COMMISSIONS, RESULTS]
FIXED_FORMATS = [RECEIPTS, BILLING, CENTRE_RECEIPTS, DEPOSITS]
CSV_FORMATS = [CHOUTEI, COMMISSIONS, RESULTS]
