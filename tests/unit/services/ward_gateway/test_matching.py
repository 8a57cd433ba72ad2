"""A channel's deposits against its receipts: day by day, and late money with what is late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.ward_gateway.domain.clearings import LiveReceipt, Told
from services.ward_gateway.domain.deposits import Deposit
from services.ward_gateway.domain.matching import (
    Balance,
    Group,
    Matching,
    groups_to_match,
    match_channel,
    match_channels,
)
from tests.unit.services.ward_gateway.ward_books import a_deposit, a_receipt, an_id

MAY, JUNE, JULY = date(2025, 5, 30), date(2025, 6, 30), date(2025, 7, 31)
DAYS = (MAY, JUNE, JULY)
YEN = st.integers(min_value=1, max_value=3000)


def told(receipt: LiveReceipt, remitted_on: date) -> LiveReceipt:
    return replace(receipt, told=Told(receipt.identity, MAY, MAY, remitted_on))


def given_out(matching: Matching) -> list[tuple[int, int, int]]:
    """Show the fundings as (receipt, deposit, yen), with the numbers that the test gave."""
    return [(f.receipt_id.int - 1000, f.deposit_id.int - 5000, f.yen) for f in matching.fundings]


def left_over(matching: Matching) -> dict[int, int]:
    return {deposit.id.int - 5000: yen for deposit, yen in matching.excess}


def test_an_exact_pay_in_funds_every_receipt() -> None:
    receipts = [a_receipt(1, yen=700), a_receipt(2, yen=300)]
    matching = match_channel(receipts, [a_deposit(1, yen=1000)])
    assert matching.funded == {r.id for r in receipts}
    assert not matching.excess
    assert [row.yen for row in matching.fundings] == [700, 300]


def test_a_short_pay_in_funds_the_lower_identities_and_the_last_in_part() -> None:
    receipts = [a_receipt(3), a_receipt(1), a_receipt(2)]
    matching = match_channel(receipts, [a_deposit(1, yen=1500)])
    assert given_out(matching) == [(1, 1, 1000), (2, 1, 500)]
    assert matching.funded == {a_receipt(1).id}
    assert matching.short == {a_receipt(2).id, a_receipt(3).id}


def test_a_deposit_without_any_receipt_is_wholly_excess() -> None:
    assert left_over(match_channel([], [a_deposit(1)])) == {1: 1000}


def test_later_money_pays_the_oldest_late_day_first() -> None:
    receipts = [a_receipt(1, transfer=JUNE), a_receipt(2, transfer=MAY)]
    matching = match_channel(receipts, [a_deposit(1, yen=1500, day=JULY)])
    assert given_out(matching) == [(2, 1, 1000), (1, 1, 500)]
    assert matching.short == {a_receipt(1).id}


def test_a_day_is_paid_by_its_own_money_before_anything_is_called_late_money() -> None:
    receipts = [a_receipt(1, transfer=MAY), a_receipt(2, transfer=JUNE)]
    matching = match_channel(receipts, [a_deposit(1, yen=1000, day=JUNE)])
    assert given_out(matching) == [(2, 1, 1000)]
    assert matching.short == {a_receipt(1).id}


def test_money_that_is_early_pays_nothing_that_is_not_due() -> None:
    matching = match_channel([a_receipt(1, transfer=JUNE)], [a_deposit(1, day=MAY)])
    assert given_out(matching) == []
    assert left_over(matching) == {1: 1000}


def test_money_of_the_very_day_that_is_too_much_is_not_late_money() -> None:
    receipts = [a_receipt(1, transfer=JUNE)]
    matching = match_channel(receipts, [a_deposit(1, day=JUNE), a_deposit(2, yen=9, day=JUNE)])
    assert left_over(matching) == {2: 9}


def test_late_money_pays_the_receipts_that_the_agents_report_names() -> None:
    receipts = [a_receipt(1, transfer=MAY), told(a_receipt(2, transfer=MAY), JULY)]
    deposits = [a_deposit(1, day=MAY), a_deposit(2, day=JULY)]
    assert given_out(match_channel(receipts, deposits)) == [(1, 1, 1000), (2, 2, 1000)]


def test_the_agent_may_pay_early_if_its_report_says_so() -> None:
    receipt = told(a_receipt(1, transfer=JULY), JUNE)
    assert given_out(match_channel([receipt], [a_deposit(1, day=JUNE)])) == [(1, 1, 1000)]


def test_a_report_of_money_that_did_not_come_that_day_does_not_keep_later_money_away() -> None:
    receipt = told(a_receipt(1, transfer=MAY), JUNE)
    assert given_out(match_channel([receipt], [a_deposit(1, day=JULY)])) == [(1, 1, 1000)]


def test_one_channels_money_never_pays_anothers_receipts() -> None:
    receipts = [a_receipt(1, channel="mobile_banking", transfer=MAY)]
    deposits = [a_deposit(1, channel="payeasy", day=JULY), a_deposit(2, channel=None, day=JULY)]
    banking, payeasy = match_channels(receipts, deposits)
    assert banking.short == {a_receipt(1).id}
    assert left_over(payeasy) == {1: 1000}


@st.composite
def channels(draw: st.DrawFn) -> tuple[list[LiveReceipt], list[Deposit]]:
    """Receipts and deposits of one channel; some receipts were reported as paid on some day."""
    receipts = []
    for number in range(draw(st.integers(0, 8))):
        receipt = a_receipt(number, yen=draw(YEN), transfer=draw(st.sampled_from(DAYS)))
        day = draw(st.sampled_from((None, *DAYS)))
        receipts.append(told(receipt, day) if day else receipt)
    deposits = [
        a_deposit(number, yen=draw(YEN), day=draw(st.sampled_from(DAYS)))
        for number in range(1, draw(st.integers(0, 6)) + 1)
    ]
    return receipts, deposits


@given(channels(), st.randoms(use_true_random=False))
def test_matching_keeps_every_yen_and_no_order_of_arrival(drawn, random) -> None:
    receipts, deposits = drawn
    matching = match_channel(receipts, deposits)
    came = sum(int(d.amount_yen) for d in deposits)
    assert sum(f.yen for f in matching.fundings) + sum(y for _, y in matching.excess) == came
    owed = {r.id: int(r.amount_yen) for r in receipts}
    for funding in matching.fundings:
        owed[funding.receipt_id] -= funding.yen
    assert min(owed.values(), default=0) >= 0
    assert matching.short == {i for i, yen in owed.items() if yen}
    assert len({f[:2] for f in matching.fundings}) == len(matching.fundings)
    random.shuffle(receipts)
    random.shuffle(deposits)
    again = match_channel(receipts, deposits)
    assert sorted(again.fundings) == sorted(matching.fundings)
    assert again.excess == matching.excess
    assert an_id(0) not in matching.funded


@given(channels())
def test_no_excess_stands_beside_a_receipt_whose_date_had_passed_when_it_came(drawn) -> None:
    receipts, deposits = drawn
    matching = match_channel(receipts, deposits)
    short = [r for r in receipts if r.id in matching.short]
    for deposit, _ in matching.excess:
        assert not [r for r in short if r.transfer_date < deposit.value_date]


def a_balance(day: date, owed: int, came: int, *, restless: bool = False, channel: str = "payeasy"):
    return Balance(Group(channel, day), owed, came, day if owed else None, restless)


def test_settled_days_and_days_that_only_wait_are_left_alone() -> None:
    balances = [a_balance(MAY, 500, 500), a_balance(JUNE, 500, 0), a_balance(JULY, 700, 0)]
    assert groups_to_match(balances) == []


def test_a_day_with_too_much_money_opens_the_late_days_before_it_in_its_channel() -> None:
    balances = [
        a_balance(MAY, 500, 0),
        a_balance(JUNE, 0, 500),
        a_balance(JULY, 700, 0),
        a_balance(MAY, 500, 0, channel="mobile_banking"),
    ]
    assert groups_to_match(balances) == [Group("payeasy", MAY), Group("payeasy", JUNE)]


def test_a_short_day_and_a_restless_one_are_matched_anew() -> None:
    balances = [a_balance(MAY, 500, 499), a_balance(JUNE, 500, 500, restless=True)]
    assert groups_to_match(balances) == [Group("payeasy", MAY), Group("payeasy", JUNE)]


@given(channels())
def test_days_that_are_not_matched_anew_would_come_out_as_their_own_money_says(drawn) -> None:
    receipts, deposits = drawn
    whole = match_channel(receipts, deposits)
    groups = {g.transfer_date for g in groups_to_match(_balances(receipts, deposits))}
    part = match_channel(
        [r for r in receipts if (r.told_remitted_on or r.transfer_date) in groups],
        [d for d in deposits if d.value_date in groups],
    )
    outside = [f for f in whole.fundings if f not in set(part.fundings)]
    assert part.excess == whole.excess
    days = {d.id: d.value_date for d in deposits} | {
        r.id: r.told_remitted_on or r.transfer_date for r in receipts
    }
    assert all(days[f.receipt_id] == days[f.deposit_id] for f in outside)
    assert not {days[f.receipt_id] for f in outside} & groups


def _balances(receipts: list[LiveReceipt], deposits: list[Deposit]) -> list[Balance]:
    found = []
    for day in DAYS:
        own = [r for r in receipts if (r.told_remitted_on or r.transfer_date) == day]
        owed = sum(int(r.amount_yen) for r in own)
        came = sum(int(d.amount_yen) for d in deposits if d.value_date == day)
        oldest = min((r.transfer_date for r in own), default=None)
        found.append(Balance(Group("payeasy", day), owed, came, oldest, restless=False))
    return found
