"""The paper's second function: the centre's receipts become the standard system's import."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ward_gateway.domain.breakdowns import Breakdown, Part
from services.ward_gateway.domain.claim_histories import ClaimHistory, Stood, lump_sum_of
from services.ward_gateway.usecases.index_breakdowns import index_breakdowns
from services.ward_gateway.usecases.read_received_files import read_payeasy
from shared.files.centre_receipts import load_centre_receipts
from shared.files.choutei import read_choutei
from shared.files.codes import DataType, Proc
from shared.files.problems import FileRefused
from shared.files.shuno import BREAKDOWN, MatchStatus
from shared.kit.money import Yen
from tests.unit.services.ward_gateway.conversions import (
    codes,
    receipts,
    rows,
    to_shuno,
)
from tests.unit.shared.files.invented_values import KEY

PART_PAID = {"amount_yen": Yen(10_000)}


def _breakdown(row) -> list[int | None]:
    return [getattr(row, name) for name in BREAKDOWN]


def _breakdown_of(*parts: int, late_charge: int = 0, fee: int = 0) -> Breakdown:
    return Breakdown(2025, "0001", 1, *(Yen(part) for part in (*parts, late_charge, fee)))


def test_without_what_is_assessed_breakdown_and_match_stay_empty() -> None:
    [row], problems = to_shuno(receipts({}))
    assert problems == []
    assert set(_breakdown(row)) == {None}
    assert (row.match_status, row.exception_code, row.assessed_year) == (None, "", None)
    assert (row.account_code, row.year_class) == ("", None)
    assert (row.amount_yen, row.paid_on) == (33_138, date(2025, 6, 2))
    assert row.notice_number == "123456789"


def test_a_receipt_keeps_its_place_and_the_identity_that_the_gateway_gives_it() -> None:
    data = receipts({}, {"kind": DataType.CONFIRMED})
    made, _ = to_shuno(data)
    assert [(r.source_file, r.source_line) for r in made] == [
        ("PEZ-13104-000003", 2),
        ("PEZ-13104-000003", 3),
    ]
    own = read_payeasy("13104", partial(load_centre_receipts, key=KEY), data)
    assert [r.receipt_id for r in made] == [receipt.identity for receipt in own.receipts]


def test_a_payment_of_the_whole_claim_is_broken_down_as_it_is_assessed() -> None:
    [row], problems = to_shuno(receipts({}), rows({}))
    assert problems == []
    assert row.match_status is MatchStatus.EXACT
    assert _breakdown(row) == [33_138, 0, 0, 20_000, 9_000, 4_138, 0]
    assert (row.assessed_year, row.account_code, row.year_class) == (2025, "0001", 1)


def test_a_part_payment_is_split_in_proportion_and_the_remainder_goes_to_medical() -> None:
    [row], problems = to_shuno(receipts(PART_PAID), rows({}))
    assert problems == []
    assert row.match_status is MatchStatus.PART
    # 10,000 of 33,138: 6,035.36…, 2,715.91…, 1,248.71…; floors leave 2 yen over.
    assert _breakdown(row) == [10_000, 0, 0, 6_037, 2_715, 1_248, 0]


def test_the_remainder_goes_where_the_setting_says() -> None:
    [row], _ = to_shuno(receipts(PART_PAID), rows({}), remainder_to=Part.CARE)
    assert _breakdown(row) == [10_000, 0, 0, 6_035, 2_715, 1_250, 0]


def test_principal_is_paid_before_late_charge_and_fee() -> None:
    owed = rows({"late_charge_yen": Yen(2800), "fee_yen": Yen(100)})
    paid = [{"amount_yen": Yen(yen)} for yen in (33_138, 34_000, 36_000, 36_038)]
    made, _ = to_shuno(receipts(*paid), owed)
    assert [_breakdown(row)[:3] for row in made] == [
        [33_138, 0, 0],
        [33_138, 862, 0],
        [33_138, 2_800, 62],
        [33_138, 2_800, 100],
    ]
    assert [row.match_status for row in made] == [MatchStatus.PART] * 3 + [MatchStatus.EXACT]


def test_edge_case_11_an_old_slip_paid_after_a_reduction_is_over_and_is_not_split() -> None:
    reduced = rows({"amount_yen": Yen(20_000), "support_yen": Yen(0), "care_yen": Yen(0)})
    [row], [problem] = to_shuno(receipts({}), reduced)
    assert (row.match_status, row.exception_code) == (MatchStatus.OVER, "over_assessed")
    assert set(_breakdown(row)) == {None}
    assert (row.assessed_year, row.year_class) == (2025, 1)
    assert (problem.line, problem.code, problem.structural) == (2, "over_assessed", False)


@pytest.mark.parametrize("beside", [{"notice_number": "000000001"}, {"proc": Proc.DELETE}])
def test_a_receipt_without_a_claim_is_an_exception_and_the_file_goes_on(beside) -> None:
    made, problems = to_shuno(receipts({}, {"notice_number": "000000002"}), rows(beside))
    assert {row.match_status for row in made} == {MatchStatus.NO_CLAIM}
    assert {row.exception_code for row in made} == {"no_such_claim"}
    assert codes(problems) == ["no_such_claim", "no_such_claim"]


def test_edge_case_06_a_03_takes_back_what_its_01_gave() -> None:
    kinds = [{"kind": kind} | PART_PAID for kind in DataType]
    first, second, third = to_shuno(receipts(*kinds), rows({}))[0]
    assert _breakdown(first) == _breakdown(second) == _breakdown(third)
    assert [row.data_type for row in (first, second, third)] == ["01", "02", "03"]


def test_a_lump_sum_names_no_claim_of_a_file_and_is_told() -> None:
    [row], [problem] = to_shuno(receipts({"instalment": 0}), rows({}))
    assert (row.match_status, row.exception_code) == (MatchStatus.NO_CLAIM, "no_such_claim")
    assert (problem.code, problem.structural) == ("no_such_claim", False)


def test_a_lump_sum_pays_of_each_claim_what_its_slip_asks_for_it() -> None:
    claims = [_breakdown_of(500, 300, 200, 0), _breakdown_of(600, 400, 0, 0), None]
    asked = [Yen(999), Yen(1000), Yen(1000)]
    made = lump_sum_of(zip(claims, asked, strict=True), Part.MEDICAL)
    # 999 of 1,000: 499.5, 299.7, 199.8; floors leave 2 yen over, of which medical has room for 1.
    assert made == _breakdown_of(500 + 600, 300 + 400, 199, 0)
    reduced = lump_sum_of([(_breakdown_of(700, 0, 0, 0), Yen(1000))], Part.MEDICAL)
    assert reduced == _breakdown_of(700, 0, 0, 0)
    assert lump_sum_of([(None, Yen(1000))], Part.MEDICAL) is None


def test_a_claim_is_what_it_was_before_the_first_correction_since() -> None:
    first, second, last = (_breakdown_of(yen, 0, 0, 0) for yen in (3, 2, 1))
    noon = datetime(2025, 6, 2, 3, tzinfo=UTC)
    days = [noon + timedelta(days=n) for n in range(4)]
    history = ClaimHistory(last, (Stood(days[1], first), Stood(days[2], second)))
    assert [history.at(day) for day in days] == [first, first, second, last]
    assert history.at(None) == last


def test_a_later_row_of_a_claim_takes_the_place_of_an_earlier_one() -> None:
    changed = {"proc": Proc.CHANGE, "amount_yen": Yen(20_000), "support_yen": Yen(0)}
    beside = rows({}, changed | {"care_yen": Yen(0)})
    assert to_shuno(receipts({}), beside)[0][0].match_status is MatchStatus.OVER


@pytest.mark.parametrize(
    ("place", "new", "code"),
    [
        ((2, 38), b"00000033139", "wrong_seal"),
        ((3, 2), b"000009", "count_mismatch"),
        ((3, 8), b"0000000033139", "total_mismatch"),
        ((3, 78), b"0" * 64, "hash_mismatch"),
    ],
)
def test_edge_case_16_a_wrong_count_sum_or_hash_refuses_the_whole_file(place, new, code) -> None:
    line, position = place
    data = bytearray(receipts({}))
    start = (line - 1) * 200 + position - 1
    data[start : start + len(new)] = new
    made, problems = to_shuno(bytes(data), rows({}))
    assert made == []
    assert code in codes(problems)


def test_all_problems_come_out_also_after_a_record_was_lost() -> None:
    data = bytearray(receipts({}, {}, {}))
    data[200 + 56] = data[600 + 56] = ord("9")
    made, problems = to_shuno(bytes(data))
    assert made == []
    assert [(p.line, p.code) for p in problems[:2]] == [(2, "not_a_time"), (4, "not_a_time")]


def test_a_notice_number_that_the_standard_system_cannot_take_refuses_the_file() -> None:
    made, [problem] = to_shuno(receipts({}, {"notice_number": "1234567890123456"}))
    assert made == []
    assert (problem.line, problem.code) == (3, "malformed_notice_number")


def test_a_damaged_second_input_is_refused_with_all_its_problems() -> None:
    damaged = rows({}, {"issue": 1}).replace(b",9000,", b",9001,")
    with pytest.raises(FileRefused) as caught:
        index_breakdowns(read_choutei(damaged))
    assert codes(caught.value.problems) == ["parts_do_not_add_up", "parts_do_not_add_up"]


def test_a_remainder_that_has_no_room_goes_to_the_next_part() -> None:
    assessed = _breakdown_of(1, 10, 10, 10)
    share = assessed.share_of(Yen(30), Part.MEDICAL)
    assert share == _breakdown_of(1, 10, 10, 9)


def test_an_excess_has_no_parts() -> None:
    with pytest.raises(ValueError, match="excess"):
        _breakdown_of(1, 0, 0, 0).share_of(Yen(2), Part.MEDICAL)


@given(
    parts=st.lists(st.integers(0, 10**6), min_size=4, max_size=4),
    late_charge=st.integers(0, 5000),
    fee=st.integers(0, 100),
    paid=st.integers(0, 4 * 10**6),
    remainder_to=st.sampled_from(Part),
)
def test_no_part_pays_more_than_it_owes_and_every_yen_is_in_one(
    parts, late_charge, fee, paid, remainder_to
) -> None:
    assessed = _breakdown_of(*parts, late_charge=late_charge, fee=fee)
    amount = Yen(min(paid, int(assessed.amount_yen)))
    share = assessed.share_of(amount, remainder_to)
    assert share.amount_yen == amount
    names = [*(f"{part}_yen" for part in Part), "late_charge_yen", "fee_yen"]
    assert all(0 <= getattr(share, name) <= getattr(assessed, name) for name in names)
    if amount == assessed.amount_yen:
        assert share == assessed
