"""Invented rows of the CSV formats, and strategies that make more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from shared.files import billing_results, choutei, nofu_jutaku_hokoku
from shared.files.codes import Proc
from shared.keys.payment_number import SlipType
from shared.kit.money import Yen
from tests.unit.shared.files.invented_values import (
    BARCODE,
    BARCODES,
    DAYS,
    MIDSUMMER,
    Format,
    kana,
    lists_of,
    number,
    numbered,
    values_of,
    yen,
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
# Both neighbours of every character that may not stand in a text, and some of each kind and width;
# spelt out, because to find them by their category takes longer than all the tests that use them.
WORD_CHARACTERS = (
    " ~\u00a0\u00a1\u2027\u202f\u2065\u206a\ud7ff\ue000\ufefe\uff00\ufffd\U00010000\U0010ffff"
    "AZaz09,.'\"\\|/-éßñ山上花髙﨑邉あがアガーｱｶﾞ　１Ａ－〜・々〆☎€\u0301\u3099𠮷𩸽😀"
)
WORDS = st.text(WORD_CHARACTERS, max_size=30)
YEARS = st.integers(2000, 2099) | st.sampled_from([2025, 2026])
IDS = st.text("abcXYZ019_-", min_size=1, max_size=11)


@st.composite
def _assessment(draw):
    levy_year, fiscal_year = sorted([draw(YEARS), draw(YEARS)])
    later = st.sampled_from([choutei.PAST_YEAR, choutei.CARRIED_OVER])
    child = draw(yen()) if levy_year >= choutei.CHILD_PART_SINCE else Yen(0)
    parts = [*(draw(yen()) for _ in range(3)), child]
    due, limit = sorted([draw(DAYS), draw(DAYS)])
    method = draw(st.sampled_from([1, 2, 3]))
    return choutei.Assessment(
        record_no=0,
        proc=draw(st.sampled_from(Proc)),
        fiscal_year=fiscal_year,
        assessed_year=draw(YEARS),
        levy_year=levy_year,
        notice_number=draw(number(9)),
        history_number=draw(st.integers(0, 9999)),
        instalment=draw(st.integers(0, 99)),
        account_code=draw(number(4)),
        collection_method=draw(st.sampled_from([1, 2])),
        payment_method=method,
        year_class=choutei.CURRENT_YEAR if levy_year == fiscal_year else draw(later),
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
        **values_of(COMMISSION),
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
        **values_of(RESULT),
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
