"""When app-banking money is paid over (BOOKS §2.1), and what is confirmed or cancelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.payment_provider.domain.receipts import (
    RECEIPTS,
    Receipt,
    ReceiptState,
    banking_transfer_date,
    closing_date,
)
from shared.keys.channels import Channel
from shared.kit.calendar import japanese_banks
from shared.kit.money import Yen


@pytest.mark.parametrize(
    ("day", "closes"),
    [
        (date(2025, 6, 1), date(2025, 6, 10)),
        (date(2025, 6, 10), date(2025, 6, 10)),
        (date(2025, 6, 11), date(2025, 6, 20)),
        (date(2025, 6, 20), date(2025, 6, 20)),
        (date(2025, 6, 21), date(2025, 6, 30)),
        (date(2025, 12, 31), date(2025, 12, 31)),
        (date(2026, 2, 28), date(2026, 2, 28)),
        (date(2028, 2, 21), date(2028, 2, 29)),
    ],
)
def test_a_group_closes_on_the_tenth_the_twentieth_or_the_month_end(day, closes):
    assert closing_date(day) == closes


@pytest.mark.parametrize(
    ("paid_on", "paid_over"),
    [
        (date(2025, 6, 2), date(2025, 6, 13)),  # Tuesday the 10th + 3 business days
        (date(2025, 6, 11), date(2025, 6, 25)),  # Friday the 20th + 3
        (date(2025, 6, 30), date(2025, 7, 3)),
        (date(2025, 12, 21), date(2026, 1, 7)),  # 31 December to 3 January: banks are closed
    ],
)
def test_money_is_paid_over_three_business_days_after_the_close(paid_on, paid_over):
    assert banking_transfer_date(paid_on, paid_on, japanese_banks(), 3) == paid_over


def test_a_payment_settled_after_its_group_was_paid_over_goes_with_the_next_group():
    calendar = japanese_banks()
    assert banking_transfer_date(date(2025, 6, 10), date(2025, 6, 12), calendar, 3) == date(
        2025, 6, 13
    )
    assert banking_transfer_date(date(2025, 6, 10), date(2025, 6, 13), calendar, 3) == date(
        2025, 6, 25
    )


RECEIPT = Receipt(
    id=UUID(int=1),
    payment_id=UUID(int=2),
    municipality="131041",
    channel=Channel.MOBILE_CREDIT,
    barcode="9" * 44,
    amount_yen=Yen(100),
    paid_at=datetime(2025, 6, 2, 1, tzinfo=UTC),
    shop_number=1,
    confirm_on=date(2025, 6, 5),
    transfer_date=date(2025, 6, 9),
)
DUE = date(2025, 6, 5)


def test_a_receipt_is_confirmed_on_its_day_unless_an_undo_concerns_it():
    assert RECEIPT.is_to_be_confirmed(DUE)
    assert not RECEIPT.is_to_be_confirmed(date(2025, 6, 4))
    asked = replace(RECEIPT, undo_id=UUID(int=3))
    assert not asked.is_to_be_confirmed(DUE)
    assert not asked.is_taken_back
    for taken_back in (asked, RECEIPT):
        back = replace(taken_back, undone_at=RECEIPT.paid_at)
        assert (back.is_taken_back, back.is_to_be_confirmed(DUE)) == (True, False)


def test_what_was_confirmed_is_never_cancelled():
    assert RECEIPTS.terminal() == {ReceiptState.CONFIRMED, ReceiptState.CANCELLED}
    assert {s for s, target in RECEIPTS.events if target is ReceiptState.CANCELLED} == {
        ReceiptState.REPORTED
    }
