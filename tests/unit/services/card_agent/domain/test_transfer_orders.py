"""On which day money may be ordered, and how a transfer is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from services.card_agent.domain.transfer_orders import bank_reference
from services.card_agent.usecases.write_transfer_orders import day_to_order

D9 = date(2025, 6, 9)
SEVEN = datetime(2025, 6, 8, 22, 0, tzinfo=UTC)
"""Monday 9 June 2025, 07:00 in Tokyo."""


def test_orders_are_written_from_seven_in_the_morning_in_tokyo() -> None:
    assert day_to_order(SEVEN) == D9
    assert day_to_order(SEVEN - timedelta(seconds=1)) is None


def test_what_comes_after_the_banks_cut_off_bears_the_next_business_day() -> None:
    assert day_to_order(SEVEN + timedelta(hours=7, minutes=59)) == D9
    assert day_to_order(SEVEN + timedelta(hours=8)) is None
    assert day_to_order(SEVEN + timedelta(hours=24)) == date(2025, 6, 10)


def test_an_order_never_bears_a_day_that_has_passed() -> None:
    for hours in range(24 * 14):
        now = SEVEN + timedelta(hours=hours)
        day = day_to_order(now)
        assert day is None or day == (now + timedelta(hours=9)).date()


def test_no_order_is_written_while_banks_are_closed() -> None:
    assert day_to_order(SEVEN - timedelta(days=1)) is None


def test_a_transfer_is_named_by_its_remitter_and_day() -> None:
    assert bank_reference("0000900201", D9) == "0000900201-20250609"
