"""When app-banking money is paid over: cut-off groups and business days (BOOKS §2.1)."""

from __future__ import annotations

from datetime import date

import pytest

from services.payment_provider.domain.receipts import banking_transfer_date, closing_date
from shared.kit.calendar import japanese_banks


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
