"""The paper's third function: change and delete records for what was already uploaded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.ward_gateway.usecases.find_changes import Upload, find_changes, fold_uploads
from shared.files.choutei import BY_DIRECT_DEBIT, BY_PENSION
from shared.files.codes import DataType, Proc
from shared.files.shuno import MatchStatus
from shared.keys.channels import Channel
from shared.keys.payment_number import SlipType
from shared.kit.money import Yen
from tests.unit.services.ward_gateway.conversions import (
    TERMS,
    codes,
    rows,
    to_billing,
    to_changes,
    uploaded_records,
)
from tests.unit.shared.files.invented_receipts import NOT_COMPARED

REDUCED = {"amount_yen": Yen(20_000), "support_yen": Yen(0), "care_yen": Yen(0)}
NOTHING = {**REDUCED, "amount_yen": Yen(0), "medical_yen": Yen(0)}
AT_A_SHOP = replace(NOT_COMPARED, channel=Channel.CONVENIENCE, receipt_id="convenience/1")
BY_PAYEASY = NOT_COMPARED


def _upload(*changes) -> bytes:
    return to_billing(rows(*(changes or ({},))))[0]


def _changed(*uploads, beside, **more):
    data, problems = to_changes(*uploads, beside=beside, **more)
    return uploaded_records(data) if data else [], problems


def test_what_is_still_assessed_yields_nothing_not_even_an_empty_file() -> None:
    assert to_changes(_upload(), beside=rows({})) == (b"", [])


def test_a_reduction_before_payment_changes_the_amount_of_the_key() -> None:
    [record], problems = _changed(_upload(), beside=rows(REDUCED))
    assert problems == []
    assert (record.proc, record.amount_yen, record.principal_yen) == (Proc.CHANGE, 20_000, 20_000)
    assert (record.payment_number, record.confirmation_number) == ("125011234567890024", "7406")
    assert (record.delete_reason, record.effective_from) == (None, TERMS.effective_from)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ({"proc": Proc.DELETE}, 2),
        (NOTHING, 2),
        ({"payment_method": BY_DIRECT_DEBIT}, 3),
        ({"payment_method": BY_PENSION}, 3),
        (REDUCED | {"issue": 1}, 2),
        ({"issue": 1}, 4),
        (REDUCED | {"slip_type": SlipType.DUNNING}, 2),
    ],
    ids=["cancelled", "nothing", "debit", "pension", "reduced_anew", "reissued", "letter_for_less"],
)
def test_a_key_that_must_go_is_deleted_with_its_reason(now, reason) -> None:
    [record], problems = _changed(_upload(), beside=rows(now))
    assert problems == []
    assert (record.proc, record.delete_reason) == (Proc.DELETE, reason)
    assert record.amount_yen == 33_138


def test_what_was_paid_on_another_channel_is_deleted_with_reason_1() -> None:
    [record], _ = _changed(_upload(), beside=rows({}), paid=[AT_A_SHOP])
    assert (record.proc, record.delete_reason) == (Proc.DELETE, 1)


@pytest.mark.parametrize(
    "paid",
    [
        [replace(AT_A_SHOP, amount_yen=Yen(33_137))],
        [AT_A_SHOP, replace(AT_A_SHOP, data_type=DataType.CANCELLED)],
        [replace(AT_A_SHOP, instalment=2)],
        [replace(AT_A_SHOP, notice_number="", levy_year=None, instalment=None)],
    ],
    ids=["in_part", "taken_back", "another_instalment", "no_key"],
)
def test_a_claim_that_is_still_owed_stays_payable(paid) -> None:
    assert to_changes(_upload(), beside=rows({}), paid=paid) == (b"", [])


def test_a_01_and_its_02_pay_once() -> None:
    twice = [AT_A_SHOP, replace(AT_A_SHOP, data_type=DataType.CONFIRMED)]
    half = [replace(row, amount_yen=Yen(16_569)) for row in twice]
    assert to_changes(_upload(), beside=rows({}), paid=half) == (b"", [])


@pytest.mark.parametrize("now", [REDUCED, {"proc": Proc.DELETE}, {"issue": 1}])
def test_edge_case_14_no_change_is_made_of_a_key_that_was_paid_at_the_centre(now) -> None:
    data, [problem] = to_changes(_upload(), beside=rows(now), paid=[BY_PAYEASY])
    assert data == b""
    assert (problem.code, problem.structural) == ("paid_at_centre", False)


def test_a_lump_sum_says_of_no_instalment_that_it_was_paid_and_is_told() -> None:
    lump = replace(BY_PAYEASY, instalment=0)
    data, [problem] = to_changes(_upload(), beside=rows({}), paid=[lump])
    assert data == b""
    assert (problem.line, problem.code, problem.structural) == (2, "lump_sum_paid", False)
    assert problem.source == "assessed"
    [record], _ = _changed(_upload(), beside=rows({"proc": Proc.DELETE}), paid=[lump])
    assert record.proc is Proc.DELETE
    back = replace(lump, data_type=DataType.CANCELLED)
    assert to_changes(_upload(), beside=rows({}), paid=[lump, back]) == (b"", [])


def test_a_paid_key_that_need_not_change_is_not_even_told() -> None:
    assert to_changes(_upload(), beside=rows({}), paid=[BY_PAYEASY]) == (b"", [])


@pytest.mark.parametrize(
    "now",
    [
        REDUCED,
        {"proc": Proc.DELETE},
        {"payment_method": BY_DIRECT_DEBIT},
        REDUCED | {"issue": 1},
        {"limit_date": date(2025, 10, 31)},
        {"payer_name_kana": "ﾔﾏｶﾞﾐ ﾊﾅｺ"},
        {"account_code": "0002", "assessed_year": 2026, "due_date": date(2025, 7, 31)},
    ],
)
def test_a_second_run_on_the_result_yields_nothing(now) -> None:
    first, beside = _upload(), rows(now)
    second, _ = to_changes(first, beside=beside)
    assert uploaded_records(second)
    assert to_changes(first, second, beside=beside)[0] == b""


def test_absent_claims_are_told_and_only_deleted_where_absence_means_that() -> None:
    upload = _upload({}, {"notice_number": "000000002"})
    data, [problem] = to_changes(upload, beside=rows({}))
    assert data == b""
    assert (problem.line, problem.code, problem.structural) == (3, "not_assessed_now", False)
    [record], problems = _changed(upload, beside=rows({}), absent_is_cancelled=True)
    assert problems == []
    assert (record.notice_number, record.delete_reason) == ("000000002", 2)
    assert record.record_seq == 1


def test_every_live_key_of_a_claim_goes_with_it() -> None:
    upload = _upload({}, {"issue": 1}, {"slip_type": SlipType.DUNNING})
    records, _ = _changed(upload, beside=rows({"payment_method": BY_DIRECT_DEBIT}))
    assert [(r.slip_type, r.issue, r.delete_reason) for r in records] == [
        (SlipType.INSTALMENT, 0, 3),
        (SlipType.INSTALMENT, 1, 3),
        (SlipType.DUNNING, 0, 3),
    ]


def test_a_key_newer_than_what_is_assessed_is_told_and_left_alone() -> None:
    data, [problem] = to_changes(_upload({"issue": 1}), beside=rows({}))
    assert (data, problem.code) == (b"", "newer_issue_at_centre")


def test_uploads_are_folded_as_the_centre_does_it() -> None:
    change = _upload({"proc": Proc.CHANGE} | REDUCED)
    delete = _upload({"proc": Proc.DELETE})
    assert _changed(_upload(), change, beside=rows(REDUCED)) == ([], [])
    assert _changed(_upload(), delete, beside=rows(REDUCED)) == ([], [])
    assert codes(_changed(change, beside=rows({}))[1]) == ["never_uploaded"]
    assert codes(_changed(_upload(), _upload(), beside=rows({}))[1]) == ["already_uploaded"]


def test_a_claim_that_stands_twice_is_refused_for_it_is_not_known_which_is_true() -> None:
    data, [problem] = to_changes(_upload(), beside=rows(REDUCED, {}))
    assert data == b""
    assert (problem.line, problem.code, problem.structural) == (3, "claim_twice", True)


def test_a_damaged_upload_or_export_yields_its_problems_and_no_byte() -> None:
    damaged = _upload().replace(b"00000033138", b"00000033139", 1)
    data, problems = to_changes(damaged, beside=rows(REDUCED))
    assert data == b""
    assert "parts_do_not_add_up" in codes(problems)
    broken = rows(REDUCED).replace(b"2025-09-30", b"2025-09-31")
    data, problems = to_changes(_upload(), beside=broken)
    assert data == b""
    assert "not_a_date" in codes(problems)


def test_damaged_receipts_are_refused() -> None:
    wrong = replace(AT_A_SHOP, match_status=MatchStatus.OVER)
    with pytest.raises(Exception, match="claim_contradicts_match"):
        to_changes(_upload(), beside=rows({}), paid=[wrong])


def test_what_is_found_can_be_counted_without_writing_a_file() -> None:
    live = fold_uploads([Upload("upload", uploaded_records(_upload()))])
    found = find_changes(live, list, effective_from=TERMS.effective_from, absent_is_cancelled=True)
    assert [record.delete_reason for record in found] == [2]
