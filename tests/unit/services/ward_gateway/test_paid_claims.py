"""Which claims were paid: packed by digest, and the same as a plain fold says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.ward_gateway.usecases.index_paid_claims import index_paid_claims
from shared.files.codes import DataType
from shared.keys.channels import Channel
from shared.kit.money import Yen
from tests.unit.shared.files.invented_receipts import MATCHED

NOTICES = ("000000001", "000000002")
CLAIMS = [(2025, notice, instalment) for notice in NOTICES for instalment in (0, 1, 2)]
ROWS = st.lists(
    st.builds(
        lambda name, kind, channel, claim, yen: replace(
            MATCHED,
            receipt_id=name,
            data_type=kind,
            channel=channel,
            levy_year=claim and claim[0],
            notice_number=claim[1] if claim else "",
            instalment=None if claim is None else claim[2],
            amount_yen=Yen(yen),
        ),
        st.sampled_from("abcd"),
        st.sampled_from(list(DataType)),
        st.sampled_from([Channel.PAYEASY, Channel.MOBILE_CREDIT]),
        st.none() | st.sampled_from(CLAIMS),
        st.integers(1, 9),
    ),
    max_size=12,
)


def plainly(rows) -> tuple[set, Counter, set]:
    live = {}
    for row in rows:
        if row.data_type is DataType.CANCELLED:
            live.pop(row.receipt_id, None)
        else:
            live[row.receipt_id] = row
    named = [row for row in live.values() if row.levy_year is not None]
    keys = [((r.levy_year, r.notice_number, r.instalment), r) for r in named]
    elsewhere: Counter = Counter()
    for key, row in keys:
        if row.channel is not Channel.PAYEASY:
            elsewhere[key] += int(row.amount_yen)
    at_centre = {key for key, row in keys if row.channel is Channel.PAYEASY}
    return at_centre, elsewhere, {key[:2] for key, _ in keys if key[2] == 0}


@given(ROWS)
def test_what_is_packed_is_what_a_plain_fold_says(rows) -> None:
    at_centre, elsewhere, lump_sums = plainly(rows)
    paid = index_paid_claims(rows)
    assert {claim for claim in CLAIMS if claim in paid.at_centre} == at_centre
    assert {claim: paid.elsewhere_yen.get(claim, 0) for claim in CLAIMS} == {
        claim: elsewhere[claim] for claim in CLAIMS
    }
    assert {(2025, notice) for notice in NOTICES if (2025, notice) in paid.lump_sums} == lump_sums


def test_a_file_without_receipts_says_that_nothing_was_paid() -> None:
    paid = index_paid_claims([])
    assert CLAIMS[0] not in paid.at_centre
    assert paid.elsewhere_yen.get(CLAIMS[0], 0) == 0
