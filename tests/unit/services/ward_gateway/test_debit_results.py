"""What a bank's word on a direct debit does: the rule, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.ward_gateway.domain.debit_results import (
    BankWord,
    DebitedClaim,
    DebitOutcome,
    JudgedDebit,
    ToldDebit,
    by_failed_debit,
    debited_day,
    finding,
    judge_all,
)
from services.ward_gateway.domain.slips import limit_of
from shared.keys.debit_customer import DebitCustomer
from shared.kit.money import Yen
from tests.unit.services.ward_gateway.test_slip_keys import CONTRACT, claim

JUNE, JULY, AUGUST = date(2025, 6, 30), date(2025, 7, 31), date(2025, 8, 31)
CLAIM = claim(1000, payment_method=2, limit_date=JUNE)
BANK, OTHER_BANK = "0001", "0005"


def done(day: date, bank: str = BANK) -> BankWord:
    return BankWord(day, True, bank)


def failed(day: date, bank: str = BANK) -> BankWord:
    return BankWord(day, False, bank)


BY_DEBIT = DebitedClaim(CLAIM, Yen(1000), frozenset({1000}), debit_failed=False, words=())
NUMBER = DebitCustomer(*CLAIM.key).digits
FAILED_IN_JUNE = replace(BY_DEBIT, debit_failed=True, words=(failed(JUNE),))
DONE_IN_JUNE = replace(BY_DEBIT, words=(done(JUNE),))


def told(result: str = "1", yen: int = 1000, *, number: str = NUMBER, line: int = 2) -> ToldDebit:
    return ToldDebit(line, number, Yen(yen), result, result == "0")


def judge(
    known: DebitedClaim | None, *records: ToldDebit, day: date = JUNE, bank: str = BANK
) -> list[tuple[str, bool | None, str]]:
    """Return outcome, what the claim becomes and the reason of each record."""
    claims = {} if known is None else {known.assessment.key: known}
    judged = judge_all(claims, day, records, bank)
    return [(j.outcome.value, j.sets_failed, j.reason) for j in judged]


def of(known: DebitedClaim, **more: object) -> DebitedClaim:
    """Return the same claim, otherwise assessed."""
    return replace(known, assessment=replace(known.assessment, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("result", "123489")
def test_every_failed_debit_makes_its_claim_payable_by_slip(result) -> None:
    assert judge(BY_DEBIT, told(result)) == [("made_payable", True, "")]


def test_a_debit_that_was_done_is_kept_and_changes_nothing() -> None:
    assert judge(BY_DEBIT, told("0")) == [("debited", None, "")]


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        (of(BY_DEBIT, payment_method=1), ("already_by_slip", None, "")),
        (replace(FAILED_IN_JUNE, words=()), ("already_by_slip", None, "")),
        (replace(BY_DEBIT, owed_yen=Yen(0)), ("nothing_owed", True, "")),
    ],
)
def test_a_failed_debit_of_a_claim_that_needs_no_change(known, outcome) -> None:
    assert judge(known, told()) == [outcome]


@pytest.mark.parametrize(
    ("known", "record", "reason"),
    [
        (None, told(), "assessment_unknown"),
        (BY_DEBIT, told(number="123"), "malformed_customer_number"),
        (of(BY_DEBIT, payment_method=3), told("0"), "not_by_debit"),
        (BY_DEBIT, told(yen=999), "amount_differs"),
        (BY_DEBIT, told("0", yen=999), "amount_differs"),
        (of(BY_DEBIT, fiscal_year=2026), told(), "before_fiscal_year"),
    ],
)
def test_what_names_no_claim_beyond_doubt_is_a_clerks_and_no_word(known, record, reason) -> None:
    claims = {} if known is None else {known.assessment.key: known}
    (judged,) = judge_all(claims, JUNE, [record], BANK)
    assert (judged.outcome, judged.reason) == (DebitOutcome.FOR_CLERK, reason)
    assert (judged.assessment_id, judged.sets_failed) == (None, None)


@pytest.mark.parametrize(
    ("known", "record", "reason", "becomes"),
    [
        (of(BY_DEBIT, payment_method=1), told("0"), "debited_though_by_slip", None),
        (replace(BY_DEBIT, owed_yen=Yen(0)), told("0"), "debited_though_nothing_owed", None),
        (
            replace(FAILED_IN_JUNE, owed_yen=Yen(0), words=()),
            told("0"),
            "debited_though_nothing_owed",
            False,
        ),
    ],
)
def test_money_that_a_bank_took_once_too_often_is_a_clerks(known, record, reason, becomes) -> None:
    assert judge(known, record) == [("for_clerk", becomes, reason)]


def test_a_lump_sum_is_never_made_payable_by_slip() -> None:
    lump_sum = of(BY_DEBIT, instalment=0)
    number = DebitCustomer(*lump_sum.assessment.key).digits
    assert judge(lump_sum, told(number=number)) == [("for_clerk", None, "lump_sum_not_taken")]
    assert judge(lump_sum, told("0", number=number)) == [("debited", None, "")]


def test_what_a_claim_once_was_or_still_owes_may_have_been_asked_for() -> None:
    lowered = replace(BY_DEBIT, owed_yen=Yen(300), amounts=frozenset({1000, 700}))
    for yen in (1000, 700, 300):
        assert judge(lowered, told(yen=yen)) == [("made_payable", True, "")]
    assert judge(lowered, told(yen=400)) == [("for_clerk", None, "amount_differs")]


@pytest.mark.parametrize(("known", "result"), [(FAILED_IN_JUNE, "2"), (DONE_IN_JUNE, "0")])
def test_a_word_told_twice_changes_nothing_whatever_came_between(known, result) -> None:
    restated = replace(known, debit_failed=False)
    assert judge(restated, told(result)) == [("told_before", None, "")]


def test_the_newest_word_holds_by_the_day_of_debit() -> None:
    assert judge(FAILED_IN_JUNE, told("0"), day=JULY) == [("debited_after_all", False, "")]
    assert judge(FAILED_IN_JUNE, told("1"), day=JULY) == [("already_by_slip", None, "")]
    failed_twice = replace(FAILED_IN_JUNE, words=(failed(JULY), failed(JUNE)))
    assert judge(failed_twice, told("1"), day=JUNE) == [("told_before", None, "")]
    done_in_july = replace(BY_DEBIT, words=(done(JULY),))
    assert judge(done_in_july, told("1")) == [("older_word", None, "")]


def test_a_claim_that_was_debited_on_two_days_is_a_clerks_in_either_order() -> None:
    assert judge(DONE_IN_JUNE, told("0"), day=JULY) == [("for_clerk", None, "debited_twice")]
    done_in_july = replace(BY_DEBIT, words=(done(JULY),))
    assert judge(done_in_july, told("0")) == [("for_clerk", None, "debited_twice")]
    between = replace(FAILED_IN_JUNE, words=(*DONE_IN_JUNE.words, failed(JULY)))
    assert judge(between, told("0"), day=AUGUST) == [("for_clerk", False, "debited_twice")]


def test_of_one_day_the_word_that_is_told_later_holds() -> None:
    assert judge(FAILED_IN_JUNE, told("0")) == [("debited_after_all", False, "")]
    assert judge(DONE_IN_JUNE, told("1")) == [("made_payable", True, "")]
    mended = replace(DONE_IN_JUNE, words=(*FAILED_IN_JUNE.words, *DONE_IN_JUNE.words))
    assert judge(mended, told("1"), day=AUGUST) == [("for_clerk", None, "failed_after_debited")]


def test_a_debit_that_failed_after_one_was_done_is_a_clerks_in_either_order() -> None:
    assert judge(DONE_IN_JUNE, told("1"), day=JULY) == [("for_clerk", None, "failed_after_debited")]
    failed_in_july = replace(FAILED_IN_JUNE, words=(failed(JULY),))
    assert judge(failed_in_july, told("0")) == [("for_clerk", False, "debited_before_failure")]


def test_a_file_that_says_both_of_a_claim_says_nothing_of_it() -> None:
    both = [told("0"), told("1", line=3)]
    assert judge(BY_DEBIT, *both) == [("for_clerk", None, "contradicts_other_line")] * 2
    twice = [told("1"), told("9", line=3)]
    assert [j[0] for j in judge(BY_DEBIT, *twice)] == ["made_payable", "told_before"]


def test_money_that_one_file_says_was_taken_twice_is_a_clerks() -> None:
    twice = [told("0"), told("0", line=3)]
    assert judge(BY_DEBIT, *twice) == [("debited", None, ""), ("for_clerk", None, "debited_twice")]
    assert judge(DONE_IN_JUNE, *twice)[1] == ("for_clerk", None, "debited_twice")


def test_of_two_banks_that_debit_one_claim_on_one_day_none_takes_back_what_the_other_has_done() -> (
    None
):
    """A payer who changes banks: both may be asked for the same day."""
    assert judge(DONE_IN_JUNE, told("0"), bank=OTHER_BANK) == [("for_clerk", None, "debited_twice")]
    assert judge(DONE_IN_JUNE, told(), bank=OTHER_BANK) == [
        ("for_clerk", None, "failed_after_debited")
    ]
    assert judge(FAILED_IN_JUNE, told("0"), bank=OTHER_BANK) == [("debited_after_all", False, "")]
    failed_twice = replace(FAILED_IN_JUNE, debit_failed=False)
    assert judge(failed_twice, told(), bank=OTHER_BANK) == [("told_before", None, "")]
    done_after_all = replace(BY_DEBIT, words=(failed(JUNE), done(JUNE, OTHER_BANK)))
    assert judge(done_after_all, told()) == [("told_before", None, "")]


@pytest.mark.parametrize(
    ("words", "result"),
    [((failed(JUNE), done(JUNE)), "1"), ((done(JUNE), failed(JUNE)), "0")],
)
def test_a_word_that_its_bank_has_taken_back_and_says_again_is_a_clerks(words, result) -> None:
    """It may be the old file in other bytes: it makes no key, and takes none away."""
    known = replace(BY_DEBIT, words=words, debit_failed=not words[-1].is_debited)
    assert judge(known, told(result)) == [("for_clerk", None, "contradicts_earlier_word")]


def test_a_clerk_is_told_line_field_and_reason_and_no_number() -> None:
    (judged,) = judge_all({}, JUNE, [told(line=7)], BANK)
    found = finding(judged, "file/7")
    assert (found.code, found.subject_id) == ("debit_result_unmatched", "file/7")
    assert "Line 7" in found.detail
    assert "customer_number: assessment_unknown" in found.detail
    assert NUMBER not in found.detail
    assert isinstance(judged, JudgedDebit)


@pytest.mark.parametrize(
    ("mmdd", "today", "day"),
    [
        ("0630", date(2025, 7, 3), date(2025, 6, 30)),
        ("0630", date(2025, 6, 30), date(2025, 6, 30)),
        ("0630", date(2025, 6, 29), None),
        ("0630", date(2025, 12, 30), date(2025, 6, 30)),
        ("0630", date(2025, 12, 31), None),
        ("1231", date(2026, 1, 5), date(2025, 12, 31)),
        ("0229", date(2028, 3, 1), date(2028, 2, 29)),
        ("0229", date(2027, 3, 1), None),
    ],
)
def test_a_day_of_debit_lies_in_the_half_year_up_to_today(mmdd, today, day) -> None:
    assert debited_day(mmdd, today) == day


def test_a_slip_after_a_failed_debit_ends_by_the_contract_or_as_the_claim_says() -> None:
    assert limit_of(CLAIM, CONTRACT) == JUNE
    assert limit_of(by_failed_debit(CLAIM), CONTRACT) == date(2025, 8, 29)
    own = replace(CLAIM, limit_date=JULY)
    assert limit_of(by_failed_debit(own), CONTRACT) == JULY
