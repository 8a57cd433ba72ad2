"""Every yen in exactly one heap: by hand, and over random books in random order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ward_gateway.domain.heaps import HEAP_RULES, Heap, break_down, heap_books
from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.domain.statements import (
    A_HEAPS,
    B_HEAPS,
    C_HEAPS,
    CLEARED_HEAPS,
    statement_lines,
)
from tests.unit.services.ward_gateway.ward_books import (
    DUE,
    TRANSFER,
    a_claim,
    a_deposit,
    a_receipt,
    books_of,
    drawn_books,
)

AFTER = date(2025, 7, 5)
AS_OF = st.sampled_from((DUE, date(2025, 7, 1), TRANSFER, AFTER, date(2025, 8, 1)))


def filled(books, as_of=AFTER) -> dict[str, int]:
    return {heap.value: yen for heap, yen in heap_books(books, as_of).totals().items() if yen}


def test_every_heap_has_a_rule_and_a_japanese_name() -> None:
    assert set(HEAP_RULES) == set(Heap)
    assert all(rule.japanese and rule.rule for rule in HEAP_RULES.values())
    assert len(Heap) == 24


def test_an_unpaid_claim_is_overdue_only_after_its_due_date() -> None:
    books = books_of([a_claim()], [], [])
    assert filled(books, DUE) == {"A6": 1000}
    assert filled(books, date(2025, 7, 1)) == {"A7": 1000}


def test_a_preliminary_receipt_clears_provisionally() -> None:
    books = books_of([a_claim()], [a_receipt(1, state=ReceiptState.PRELIMINARY)], [])
    assert filled(books) == {"A4": 1000, "B1": 1000}


def test_a_confirmed_receipt_is_in_transit_on_its_transfer_day_and_late_after_it() -> None:
    books = books_of([a_claim()], [a_receipt(1)], [])
    assert filled(books, TRANSFER) == {"A2": 1000, "B1": 1000}
    assert filled(books, AFTER) == {"A3": 1000, "B1": 1000}


def test_a_funded_receipt_is_money_in_hand() -> None:
    books = books_of([a_claim()], [a_receipt(1)], [a_deposit(1)])
    assert filled(books) == {"A1": 1000, "B1": 1000, "C1": 1000}


def test_a_short_pay_in_leaves_the_missing_yen_late() -> None:
    books = books_of([a_claim()], [a_receipt(1)], [a_deposit(1, yen=400)])
    assert filled(books) == {"A1": 400, "A3": 600, "B1": 1000, "C1": 400}


def test_the_applied_part_of_an_overpaid_receipt_is_funded_first() -> None:
    books = books_of([a_claim(yen=700)], [a_receipt(1)], [a_deposit(1, yen=800)])
    heaped = heap_books(books, AFTER)
    assert heaped.total(Heap.CLEARED_FUNDED) == 700
    assert heaped.total(Heap.OVERPAID_OPEN) == 300
    assert heaped.funded_unapplied_yen == 100


def test_a_double_payment_is_applied_once_and_overpaid_once() -> None:
    receipts = [a_receipt(1), a_receipt(2, minutes=1, channel="mobile_banking")]
    books = books_of([a_claim()], receipts, [])
    assert filled(books, TRANSFER) == {"A2": 1000, "B1": 1000, "B3": 1000}


def test_a_receipt_without_a_slip_is_unmatched() -> None:
    assert filled(books_of([a_claim()], [a_receipt(1, slip=None)], [])) == {
        "A7": 1000,
        "B8": 1000,
    }


def test_a_receipt_whose_slip_pays_no_claim_is_unmatched() -> None:
    books = books_of([a_claim()], [a_receipt(1, slip=77)], [])
    assert filled(books)["B8"] == 1000


def test_deposits_are_matched_excess_unidentified_or_reversed() -> None:
    deposits = [
        a_deposit(1, yen=1200),
        a_deposit(2, yen=50, channel=None),
        a_deposit(3, yen=900, reference=9),
        a_deposit(4, yen=900, reference=9, cancelled=True),
    ]
    heaped = heap_books(books_of([a_claim()], [a_receipt(1)], deposits), AFTER)
    totals = heaped.totals()
    assert [totals[h] for h in C_HEAPS] == [1000, 0, 50, 200, 0, 0]
    assert [line.heap for line in heaped.lines].count(Heap.REVERSED) == 1


def test_heaps_that_nothing_fills_yet_say_so() -> None:
    empty = {heap.value for heap, rule in HEAP_RULES.items() if not rule.recorded}
    assert empty == {"A5", "A8", "A9", "B2", "B4", "B5", "B6", "B7", "C5"}


@pytest.mark.parametrize("yen", [0, 1, 333, 999, 1000])
def test_a_part_is_broken_down_by_floor_with_the_rest_to_medical(yen) -> None:
    claim = replace(a_claim(yen=1000))
    parts = break_down(claim, yen)
    assert sum(parts) == yen
    assert parts.support == yen * 200 // 1000
    assert parts.medical >= parts.support


@given(drawn_books(), AS_OF)
def test_the_three_partitions_add_up_and_no_heap_is_negative(drawn, as_of) -> None:
    books = books_of(drawn.claims, drawn.receipts, drawn.deposits, drawn.items)
    heaped = heap_books(books, as_of)
    assert heaped.total(*A_HEAPS) == sum(c.amount_yen for c in drawn.claims)
    assert heaped.total(*B_HEAPS) == sum(r.amount_yen for r in drawn.receipts)
    assert heaped.total(*C_HEAPS) == sum(d.amount_yen for d in drawn.deposits)
    assert all(line.yen >= 0 for line in heaped.lines)
    keys = [(line.subject_id, line.heap, line.reason) for line in heaped.lines]
    assert len(keys) == len(set(keys)), "one line per subject, heap and reason"


@given(drawn_books(), AS_OF)
def test_the_partitions_are_tied_together(drawn, as_of) -> None:
    books = books_of(drawn.claims, drawn.receipts, drawn.deposits, drawn.items)
    heaped = heap_books(books, as_of)
    assert heaped.total(Heap.APPLIED_PRINCIPAL) == heaped.total(*CLEARED_HEAPS)
    in_hand = heaped.total(Heap.CLEARED_FUNDED) + heaped.funded_unapplied_yen
    assert heaped.total(Heap.MATCHED) == in_hand


@given(drawn_books(), AS_OF, st.randoms(use_true_random=False))
def test_the_statement_does_not_depend_on_the_order_of_arrival(drawn, as_of, random) -> None:
    one = books_of(drawn.claims, drawn.receipts, drawn.deposits, drawn.items)
    shuffled = [list(x) for x in (drawn.claims, drawn.receipts, drawn.deposits)]
    for part in shuffled:
        random.shuffle(part)
    other = books_of(*shuffled, drawn.items)
    assert statement_lines(heap_books(one, as_of)) == statement_lines(heap_books(other, as_of))


def test_statement_lines_are_sorted_and_show_no_generated_id() -> None:
    books = books_of([a_claim(2), a_claim(1)], [a_receipt(1)], [a_deposit(1)])
    lines = statement_lines(heap_books(books, AFTER))
    assert lines == sorted(lines)
    assert [line.subject for line in lines] == ["assessment", "assessment", "deposit", "receipt"]
    assert lines[2][1:] == ("", 0, 0, "payeasy", "C1", 0, 0, 1000, "")
