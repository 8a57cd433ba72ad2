"""Which order pays which commission."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from services.card_agent.domain.transfer_orders import (
    DueCommission,
    bank_reference,
    plan_orders,
)
from services.card_agent.usecases.write_transfer_orders import last_day_to_order
from shared.kit.money import Yen

D9, D10, D11 = (date(2025, 6, day) for day in (9, 10, 11))


def _due(number: int, day: date) -> DueCommission:
    return DueCommission(UUID(int=number), Yen(100 * number), day)


def test_each_designated_date_is_one_order() -> None:
    first, second, third = _due(1, D9), _due(2, D9), _due(3, D10)
    assert plan_orders([first, second, third], set(), D10) == {D9: [first, second], D10: [third]}


def test_a_late_commission_joins_today_s_order() -> None:
    late, on_time = _due(1, D9), _due(2, D11)
    assert plan_orders([late, on_time], {D9, D10}, D11) == {D11: [late, on_time]}


@pytest.mark.parametrize("late_day", [D10, None])
def test_a_late_commission_waits_when_today_s_order_is_written(late_day: date | None) -> None:
    assert plan_orders([_due(1, D9)], {D9, D10}, late_day) == {}


def test_orders_are_written_from_seven_in_the_morning_in_tokyo() -> None:
    seven = datetime(2025, 6, 8, 22, 0, tzinfo=UTC)
    assert last_day_to_order(seven) == D9
    assert last_day_to_order(seven - timedelta(seconds=1)) == date(2025, 6, 8)


def test_a_transfer_is_named_by_its_remitter_and_day() -> None:
    assert bank_reference("0000900201", D9) == "0000900201-20250609"
