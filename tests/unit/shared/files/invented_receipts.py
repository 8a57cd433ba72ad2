"""Invented rows of shuno.csv, and a strategy that makes more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from shared.files import shuno
from shared.files.codes import DataType
from shared.files.shuno import BREAKDOWN, MatchStatus
from shared.keys.channels import Channel
from shared.kit.money import Yen
from tests.unit.shared.files.invented_values import DAYS, Format, lists_of, number, numbered, yen

MATCHED = shuno.ReceiptRow(
    record_no=1,
    receipt_id="payeasy/125011234567890024/20250602/1201/0001-R1",
    channel=Channel.PAYEASY,
    data_type=DataType.CONFIRMED,
    payment_number="125011234567890024",
    notice_number="123456789",
    levy_year=2025,
    assessed_year=2025,
    instalment=1,
    account_code="0001",
    year_class=1,
    amount_yen=Yen(33_138),
    principal_yen=Yen(33_138),
    late_charge_yen=Yen(0),
    fee_yen=Yen(0),
    medical_yen=Yen(20_000),
    support_yen=Yen(9_000),
    care_yen=Yen(4_138),
    child_yen=Yen(0),
    paid_on=date(2025, 6, 2),
    deemed_on=None,
    created_on=date(2025, 6, 3),
    transfer_date=date(2025, 6, 5),
    paid_in_on=date(2025, 6, 5),
    booked_on=None,
    bank_code="0001",
    branch_code="001",
    shop_code="",
    receipt_number="R1",
    source_file="PEZ-13104-000001",
    source_line=2,
    match_status=MatchStatus.EXACT,
    exception_code="",
)
NOT_COMPARED = replace(
    MATCHED,
    data_type=DataType.PRELIMINARY,
    assessed_year=None,
    account_code="",
    year_class=None,
    paid_in_on=None,
    match_status=None,
    **dict.fromkeys(BREAKDOWN),
)
UNKNOWN_CLAIM = replace(
    NOT_COMPARED, match_status=MatchStatus.NO_CLAIM, exception_code="no_such_claim"
)
YEARS = st.integers(2000, 2099)


@st.composite
def _receipt(draw):
    status = draw(st.sampled_from([None, *MatchStatus]))
    parts = [draw(yen()) for _ in range(6)]
    principal = sum(parts[:4])
    breakdown = [Yen(principal), *parts[4:], *parts[:4]]
    filled = status in {MatchStatus.EXACT, MatchStatus.PART}
    claimed = status not in {None, MatchStatus.NO_CLAIM}
    keyed = draw(st.booleans())
    kind = draw(st.sampled_from(DataType))
    confirmed = kind == DataType.CONFIRMED
    days = st.none() | DAYS
    return shuno.ReceiptRow(
        record_no=0,
        receipt_id=draw(st.text("aZ09_./:-", min_size=1, max_size=40)),
        channel=draw(st.sampled_from(Channel)),
        data_type=kind,
        payment_number=draw(st.just("") | number(18)),
        notice_number=draw(number(9)) if keyed else "",
        levy_year=draw(YEARS) if keyed else None,
        assessed_year=draw(YEARS) if claimed else None,
        instalment=draw(st.integers(0, 99)) if keyed else None,
        account_code=draw(number(4)) if claimed else "",
        year_class=draw(st.integers(1, 3)) if claimed else None,
        amount_yen=Yen(sum(breakdown[:3])),
        **dict(zip(BREAKDOWN, breakdown if filled else [None] * 7, strict=True)),
        paid_on=draw(DAYS),
        deemed_on=draw(days),
        created_on=draw(DAYS),
        transfer_date=draw(days),
        paid_in_on=draw(days) if confirmed else None,
        booked_on=draw(days) if confirmed else None,
        bank_code=draw(st.just("") | number(4)),
        branch_code=draw(st.just("") | number(3)),
        shop_code=draw(st.text("09AZ-", max_size=7)),
        receipt_number=draw(st.text("09AZ-", max_size=20)),
        source_file=draw(st.text("aZ09_.-", min_size=1, max_size=20)),
        source_line=draw(st.integers(0, 9_999_999)),
        match_status=status,
        exception_code="to_be_looked_at" if status in shuno.NEEDS_A_CLERK else "",
    )


SHUNO = Format(
    "shuno",
    shuno.TABLE.names,
    numbered([MATCHED, NOT_COMPARED, UNKNOWN_CLAIM]),
    lambda _, records: shuno.write_shuno(records),
    shuno.load_shuno,
    st.just(shuno.TABLE.names),
    lists_of(_receipt()).map(numbered),
    # An amount without a breakdown has nothing in its row to be compared with: the totals beside
    # the file prove it (tests/unit/shared/files/test_shuno.py does).
    lambda record: (record.principal_yen and record.amount_yen) or 0,
)
