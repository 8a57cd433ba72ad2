"""A packed record is the record; claims are told apart even where their hashes are the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ward_gateway.domain.breakdowns import Breakdown
from services.ward_gateway.usecases import index_breakdowns, packed_uploads
from services.ward_gateway.usecases.find_changes import Upload, find_changes, fold_uploads
from services.ward_gateway.usecases.index_breakdowns import PackedBreakdowns
from services.ward_gateway.usecases.packed_uploads import PackedUploads, claim_of
from shared.files.billing import BillingRecord
from shared.files.codes import Proc
from shared.kit.money import Yen
from tests.unit.shared.files.invented_records import BILLING

YEN = st.integers(0, 10**11 - 1).map(Yen)
DAYS = st.dates(date(2020, 1, 1), date(2099, 12, 31))


@st.composite
def _records(draw) -> BillingRecord:
    parts = draw(st.tuples(YEN, YEN, YEN))
    return replace(
        BILLING.records[0],
        proc=draw(st.sampled_from(Proc)),
        record_seq=draw(st.integers(1, 999_999)),
        payment_number=draw(st.from_regex("[0-9]{16,20}", fullmatch=True)),
        confirmation_number=draw(st.from_regex("[0-9]{4,6}", fullmatch=True)),
        notice_number=draw(st.from_regex("[0-9]{1,16}", fullmatch=True)),
        amount_yen=Yen(sum(map(int, parts))),
        principal_yen=parts[0],
        late_charge_yen=parts[1],
        fee_yen=parts[2],
        due_date=draw(DAYS),
        limit_date=draw(DAYS),
        payer_name_kana=draw(st.text("ｱﾀﾛｳﾞﾟ ¥-0Z", max_size=48)),
        delete_reason=None,
    )


@given(st.lists(_records(), min_size=1, max_size=8))
def test_a_packed_record_is_the_record_to_the_last_digit(records) -> None:
    packed = PackedUploads()
    for number, record in enumerate(records):
        packed.add(record, number % 3)
    packed.sort()
    packed.set_live(list(range(len(records))))
    everything = list(packed.live_but(bytearray(len(records))))
    assert [record for _, record in everything] == records
    assert [packed.upload_of(place) for place, _ in everything] == [
        number % 3 for number in range(len(records))
    ]
    for record in records:
        of_claim = [each for each in records if claim_of(each) == claim_of(record)]
        assert [each for _, each in packed.live_of(claim_of(record))] == of_claim


def _same_hash(_: object) -> int:
    return 7


def test_claims_of_the_same_hash_are_told_apart(monkeypatch) -> None:
    monkeypatch.setattr(packed_uploads, "hash", _same_hash, raising=False)
    monkeypatch.setattr(index_breakdowns, "hash", _same_hash, raising=False)
    one = BILLING.records[0]
    other = replace(one, notice_number="7", payment_number="9" * 16)
    gone = replace(other, proc=Proc.DELETE, delete_reason=1)
    live = fold_uploads([Upload("first", [one, other]), Upload("second", [gone, gone])])
    assert [(p.code, p.source) for p in live.problems] == [("never_uploaded", "second")]
    assert [record for _, record in live.keys.live_of(claim_of(one))] == [one]
    assert list(live.keys.live_of(claim_of(other))) == []
    made = find_changes(live, list, effective_from=date(2025, 6, 4), absent_is_cancelled=True)
    assert [record.payment_number for record in made] == [one.payment_number]
    owed = [
        Breakdown(2025, "0001", 1, *(Yen(n) for n in (amount, 2, 3, 4, 5, 6))) for amount in (1, 9)
    ]
    found = PackedBreakdowns()
    for notice, breakdown in (("001", owed[0]), ("1", owed[1]), ("2", owed[0]), ("2", None)):
        found.add((2025, notice, 1), breakdown)
    found.sort()
    assert found.get((2025, "001", 1)) == owed[0]
    assert found.get((2025, "1", 1)) == owed[1]
    assert found.get((2025, "2", 1)) is None
    assert found.get((2025, "3", 1)) is None


@pytest.mark.parametrize("records", [0, 1])
def test_nothing_uploaded_is_nothing_to_change(records) -> None:
    live = fold_uploads([Upload("upload", BILLING.records[:records])])
    assert len(live.keys) == records
    assert list(live.problems) == []
