"""消込: which receipt pays, in every order of arrival."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.ward_gateway.domain.clearings import Cleared, SlipItem, clear, parts_of
from tests.unit.services.ward_gateway.ward_books import (
    NOON,
    a_claim,
    a_receipt,
    an_id,
    drawn_books,
    items_for,
)


def test_the_earlier_minute_pays_and_the_later_is_overpaid() -> None:
    claim = a_claim(yen=1000)
    late, early = a_receipt(1, minutes=5), a_receipt(2, minutes=4)
    done = clear([claim], items_for(claim), [late, early])
    assert done.rows == (Cleared(early.id, claim.id, 1000),)
    assert done.overpaid == {claim.id: 1000}


def test_within_one_minute_the_channel_rank_decides_and_not_the_second() -> None:
    claim = a_claim()
    card = a_receipt(1, channel="mobile_credit")
    app = a_receipt(2, channel="mobile_banking")
    later_second = type(app)(
        **{n: getattr(app, n) for n in type(app).__slots__}
        | {"paid_at": app.paid_at.replace(second=30)}
    )
    done = clear([claim], items_for(claim), [card, later_second])
    assert [row.receipt_id for row in done.rows] == [app.id]


def test_identity_breaks_the_last_tie() -> None:
    claim = a_claim()
    done = clear([claim], items_for(claim), [a_receipt(2), a_receipt(1)])
    assert [row.receipt_id for row in done.rows] == [a_receipt(1).id]


def test_late_card_money_pays_at_the_end_of_the_day_on_which_it_came() -> None:
    claim = a_claim(yen=1000)
    card = replace(a_receipt(1, channel="mobile_credit"), late_income_on=NOON.date())
    at_the_till = a_receipt(2, minutes=60 * 10)  # ten in the evening of that day
    done = clear([claim], items_for(claim), [card, at_the_till])
    assert [row.receipt_id for row in done.rows] == [at_the_till.id]
    for minutes in (60 * 12, 60 * 13):  # the first minute of the next day, and an hour later
        next_day = a_receipt(3, minutes=minutes)
        done = clear([claim], items_for(claim), [next_day, card])
        assert [row.receipt_id for row in done.rows] == [card.id]


def test_a_receipt_larger_than_its_claim_pays_it_and_leaves_a_rest() -> None:
    claim = a_claim(yen=700)
    done = clear([claim], items_for(claim), [a_receipt(1, yen=1000)])
    assert done.rows[0].yen == 700
    assert done.overpaid == {claim.id: 300}


def test_two_part_payments_pay_one_claim_together() -> None:
    claim = a_claim(yen=1000)
    receipts = [a_receipt(1, yen=600), a_receipt(2, yen=400, minutes=1)]
    done = clear([claim], items_for(claim), receipts)
    assert [row.yen for row in done.rows] == [600, 400]
    assert not done.overpaid


def test_a_lump_sum_is_given_out_item_by_item() -> None:
    claims = [a_claim(1, 1000), a_claim(2, 500)]
    slip = {an_id(199): [SlipItem(c.id, c.amount_yen) for c in claims]}
    assert [tuple(p) for p in parts_of(a_receipt(1, slip=99, yen=1200), slip)] == [
        (an_id(1), 1000),
        (an_id(2), 200),
    ]
    assert [p.yen for p in parts_of(a_receipt(1, slip=99, yen=1700), slip)] == [1000, 700]


def test_a_receipt_without_a_slip_pays_nothing() -> None:
    claim = a_claim()
    done = clear([claim], items_for(claim), [a_receipt(1, slip=None)])
    assert done.rows == ()
    assert not done.overpaid


def test_parts_for_other_claims_than_those_asked_for_are_left_out() -> None:
    first, second = a_claim(1), a_claim(2)
    done = clear([first], items_for(first, second), [a_receipt(1, slip=2)])
    assert done.rows == ()


@given(drawn_books(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(books, random) -> None:
    receipts = list(books.receipts)
    random.shuffle(receipts)
    one = clear(books.claims, books.items, books.receipts)
    other = clear(list(reversed(books.claims)), books.items, receipts)
    assert one == other


@given(drawn_books())
def test_no_claim_is_cleared_beyond_its_amount_and_no_receipt_beyond_its_own(books) -> None:
    done = clear(books.claims, books.items, books.receipts)
    for claim in books.claims:
        assert sum(r.yen for r in done.rows if r.assessment_id == claim.id) <= claim.amount_yen
    for receipt in books.receipts:
        assert sum(r.yen for r in done.rows if r.receipt_id == receipt.id) <= receipt.amount_yen
    assert all(row.yen > 0 for row in done.rows)


@given(drawn_books())
def test_clearing_one_claim_alone_gives_what_clearing_all_gives_it(books) -> None:
    whole = clear(books.claims, books.items, books.receipts)
    for claim in books.claims:
        alone = clear([claim], books.items, books.receipts)
        assert alone.rows == tuple(r for r in whole.rows if r.assessment_id == claim.id)
