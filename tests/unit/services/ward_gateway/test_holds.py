"""A card agent that did not pay: what the old law and the new one make of it, day by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.ward_gateway.domain.clearings import LiveReceipt, Told, clear
from services.ward_gateway.domain.heaps import Books, Heap, heap_books, waiting_heap
from services.ward_gateway.domain.holds import (
    HOLDS,
    HoldReason,
    HoldState,
    find_in_default,
    hold_reason,
    regime_in_default,
)
from services.ward_gateway.domain.receipts import ReceiptState
from shared.keys.regimes import Regime
from tests.unit.services.ward_gateway.ward_books import a_claim, a_receipt, items_for

PROXY, TRUSTEE = Regime.PROXY2006, Regime.TRUSTEE2022
LAW = date(2022, 1, 4)
OLD, NEW = date(2022, 1, 3), date(2022, 1, 4)
DUE = date(2022, 1, 12)
ON_DUE, DAY_1 = DUE, date(2022, 1, 13)
PRELIMINARY, CONFIRMED, FUNDED = (
    ReceiptState.PRELIMINARY,
    ReceiptState.CONFIRMED,
    ReceiptState.FUNDED,
)


def a_card_receipt(
    paid_on: date, *, state=CONFIRMED, told: bool = True, remitted: date | None = None
) -> LiveReceipt:
    receipt = a_receipt(1, channel="mobile_credit", state=state, transfer=DUE)
    noon = datetime(paid_on.year, paid_on.month, paid_on.day, 3, tzinfo=UTC)
    own = Told("20220104abc", paid_on, DUE, remitted) if told else None
    return replace(receipt, paid_at=noon, told=own)


@pytest.mark.parametrize(
    ("receipt", "as_of", "regime"),
    [
        (a_card_receipt(NEW), ON_DUE, None),
        (a_card_receipt(NEW), DAY_1, TRUSTEE),
        (a_card_receipt(OLD), ON_DUE, None),
        (a_card_receipt(OLD), DAY_1, PROXY),
        (a_card_receipt(NEW, told=False), DAY_1, TRUSTEE),
        (a_card_receipt(NEW, state=FUNDED), DAY_1, None),
        (a_card_receipt(NEW, state=PRELIMINARY), DAY_1, TRUSTEE),
        (a_card_receipt(NEW, state=PRELIMINARY, told=False), DAY_1, None),
        (a_card_receipt(NEW, state=PRELIMINARY, remitted=DUE), DAY_1, None),
        (a_card_receipt(NEW, remitted=DUE), DAY_1, TRUSTEE),
        (replace(a_card_receipt(NEW), channel="mobile_banking"), DAY_1, None),
    ],
)
def test_who_is_in_default_and_under_which_law(receipt, as_of, regime) -> None:
    assert regime_in_default(receipt, LAW, as_of) is regime


def test_an_agent_that_no_law_allows_is_in_no_default_of_a_law() -> None:
    receipt = a_card_receipt(date(2023, 4, 1))
    assert regime_in_default(receipt, None, date(2023, 6, 1)) is None


def test_the_old_law_holds_the_receipt_on_day_1_and_the_new_one_does_not() -> None:
    assert hold_reason(a_card_receipt(OLD), (), LAW, ON_DUE) is None
    assert hold_reason(a_card_receipt(OLD), (), LAW, DAY_1) is HoldReason.PROXY_NOT_PAID
    assert hold_reason(a_card_receipt(NEW), (), LAW, DAY_1) is None


def test_a_decision_holds_its_own_commission_until_the_money_comes() -> None:
    decided = {"20220104abc"}
    assert hold_reason(a_card_receipt(NEW), decided, LAW, DAY_1) is HoldReason.TRUSTEE_RETURNED
    assert hold_reason(a_card_receipt(NEW), {"another"}, LAW, DAY_1) is None
    assert hold_reason(a_card_receipt(NEW, state=FUNDED), decided, LAW, DAY_1) is None


def test_both_laws_are_named_on_day_1_and_a_decision_ends_the_naming() -> None:
    receipts = [a_card_receipt(OLD), a_card_receipt(NEW), a_card_receipt(NEW, told=False)]
    found = find_in_default(receipts, (), LAW, DAY_1)
    assert [(f.code, f.subject) for f in found] == [
        ("proxy_not_paid", "commission"),
        ("trustee_in_default", "commission"),
        ("trustee_in_default", "receipt"),
    ]
    assert find_in_default(receipts, (), LAW, ON_DUE) == []
    undecided = find_in_default(receipts, {"20220104abc"}, LAW, DAY_1)
    assert [f.subject for f in undecided] == ["receipt"]


@pytest.mark.parametrize(
    ("receipt", "as_of", "where"),
    [
        (a_card_receipt(NEW), ON_DUE, (Heap.CLEARED_IN_TRANSIT, "")),
        (a_card_receipt(NEW), DAY_1, (Heap.CLEARED_FUNDS_LATE, "TRUSTEE_IN_DEFAULT")),
        (a_card_receipt(NEW, state=PRELIMINARY), ON_DUE, (Heap.PROVISIONAL, "")),
        (
            a_card_receipt(NEW, state=PRELIMINARY),
            DAY_1,
            (Heap.CLEARED_FUNDS_LATE, "TRUSTEE_IN_DEFAULT"),
        ),
        (
            replace(a_card_receipt(NEW), channel="mobile_banking"),
            DAY_1,
            (Heap.CLEARED_FUNDS_LATE, ""),
        ),
    ],
)
def test_a_trustee_in_default_goes_before_provisional_in_a3(receipt, as_of, where) -> None:
    assert waiting_heap(receipt, as_of, LAW) == where


def test_a_receipt_on_hold_clears_nothing_and_the_next_one_pays() -> None:
    claim = a_claim(due=date(2021, 12, 31))
    first = replace(a_card_receipt(OLD), hold="PROXY_NOT_PAID")
    second = replace(a_receipt(2), paid_at=first.paid_at)
    items = items_for(claim)
    assert [r.receipt_id for r in clear([claim], items, [first, second]).rows] == [second.id]
    heaped = heap_books(Books([claim], items, [first], [], [], {}, LAW), DAY_1)
    shown = [(line.heap.value, line.reason, line.yen) for line in heaped.lines]
    assert shown == [("B9", "PROXY_NOT_PAID", 1000), ("A7", "", 1000)]


def test_a_hold_waits_for_reconciliation_and_is_released_once() -> None:
    assert HOLDS.waiting == {HoldState.HELD: "reconcile"}
    assert HOLDS.terminal() == {HoldState.RELEASED}
    assert not HOLDS.unreachable()
