"""The late charge: the published example, and each rule of DOMAIN §5.3 at its edge."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.lgwan_asp.domain.late_charges import (
    RateUnknown,
    late_charge,
    late_charge_rules,
    months_after,
)
from shared.kit.money import Yen

TABLE = [
    {"from": "2021-01-01", "to": "2021-12-31", "first_permille": 25, "second_permille": 88},
    {"from": "2022-01-01", "to": "2025-12-31", "first_permille": 24, "second_permille": 87},
]
RULES = late_charge_rules({"first_months": 3, "table": TABLE})
ONE_MONTH = late_charge_rules({"first_months": 1, "table": TABLE})


def _by_days(principal: int, due: date, paid: date, months: int) -> int:
    """Charge each day by itself, in another way than the code does; exact, before any cut."""
    total, turn = 0, months_after(due + timedelta(days=1), months)
    day = due + timedelta(days=1)
    while day <= paid:
        first, second = (25, 88) if day.year == 2021 else (24, 87)
        total += (principal // 1000 * 1000) * (first if day < turn else second)
        day += timedelta(days=1)
    return total // 365_000


def test_the_published_example_is_2800_yen():
    charged = late_charge(Yen(100_000), date(2021, 4, 30), date(2021, 10, 31), RULES)
    assert charged == 2_800
    assert _by_days(100_000, date(2021, 4, 30), date(2021, 10, 31), 3) == 2_848


def test_a_premium_below_2000_yen_is_not_charged():
    """DOMAIN §11.18: 1,999 and 2,000, each four years late."""
    due, paid = date(2021, 4, 30), date(2025, 4, 30)
    assert late_charge(Yen(1_999), due, paid, RULES) == 0
    long = late_charge_rules(
        {"first_months": 3, "table": [{**TABLE[0], "from": "2000-01-01", "to": None}]}
    )
    assert late_charge(Yen(1_999), date(2000, 4, 30), paid, long) == 0
    assert late_charge(Yen(2_000), date(2000, 4, 30), paid, long) > 0


def test_a_charge_below_1000_yen_is_none_and_1000_is_charged():
    """DOMAIN §11.17: 100,000 yen at 88 permille from the fourth month on reach 1,000 on one day."""
    due = date(2021, 4, 30)
    charges = [
        (late_charge(Yen(100_000), due, paid, RULES), _by_days(100_000, due, paid, 3))
        for paid in (date(2021, 5, 1) + timedelta(days=n) for n in range(200))
    ]
    assert {charged for charged, exact in charges if exact < 1_000} == {0}
    assert min(charged for charged, exact in charges if exact >= 1_000) == 1_000
    assert all(charged % 100 == 0 for charged, _ in charges)


def test_the_principal_is_cut_to_thousands():
    due, paid = date(2022, 4, 30), date(2023, 4, 30)
    assert late_charge(Yen(100_999), due, paid, RULES) == late_charge(
        Yen(100_000), due, paid, RULES
    )


def test_nothing_is_charged_up_to_the_due_date():
    due = date(2021, 4, 30)
    assert late_charge(Yen(9_000_000), due, due, RULES) == 0
    assert late_charge(Yen(9_000_000), due, due - timedelta(days=1), RULES) == 0
    # One day: 9,000,000 x 25 / 365,000 = 616, which is below 1,000.
    assert late_charge(Yen(9_000_000), due, due + timedelta(days=1), RULES) == 0
    assert late_charge(Yen(9_000_000), due, due + timedelta(days=2), RULES) == 1_200


def test_a_leap_year_has_366_days_and_is_still_divided_by_365():
    due, paid = date(2023, 12, 31), date(2024, 12, 31)
    days_first = (date(2024, 4, 1) - date(2024, 1, 1)).days
    assert days_first == 91
    exact = 1_000_000 * (24 * 91 + 87 * (366 - 91)) // 365_000
    assert late_charge(Yen(1_000_000), due, paid, RULES) == exact // 100 * 100


def test_kyotos_first_period_is_one_month():
    due, paid = date(2021, 4, 30), date(2021, 10, 31)
    exact = 100_000 * (25 * 31 + 88 * (184 - 31)) // 365_000
    assert late_charge(Yen(100_000), due, paid, ONE_MONTH) == exact // 100 * 100


def test_a_rate_that_changes_within_the_period_is_charged_day_by_day():
    due, paid = date(2021, 11, 30), date(2022, 6, 30)
    exact = 500_000 * (25 * 31 + 24 * 59 + 87 * 122) // 365_000
    assert exact == _by_days(500_000, due, paid, 3)
    assert late_charge(Yen(500_000), due, paid, RULES) == exact // 100 * 100


@pytest.mark.parametrize(
    ("first_day", "months", "after"),
    [
        (date(2021, 5, 1), 3, date(2021, 8, 1)),
        (date(2021, 11, 30), 3, date(2022, 3, 1)),
        (date(2023, 11, 30), 3, date(2024, 3, 1)),
        (date(2023, 11, 29), 3, date(2024, 2, 29)),
        (date(2021, 12, 31), 1, date(2022, 1, 31)),
        (date(2021, 10, 31), 1, date(2021, 12, 1)),
        (date(2021, 12, 1), 1, date(2022, 1, 1)),
    ],
)
def test_a_period_of_months_ends_as_the_civil_code_says(first_day, months, after):
    assert months_after(first_day, months) == after


def test_a_day_without_a_rate_is_an_error_and_never_free():
    with pytest.raises(RateUnknown, match="2026-01-01"):
        late_charge(Yen(100_000), date(2025, 6, 30), date(2026, 1, 2), RULES)
    with pytest.raises(RateUnknown, match="2020-07-01"):
        late_charge(Yen(100_000), date(2020, 6, 30), date(2021, 1, 2), RULES)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (None, "exactly first_months and table"),
        ({"first_months": 3}, "exactly first_months and table"),
        ({"first_months": 2, "table": TABLE}, "1 or 3"),
        ({"first_months": True, "table": TABLE}, "1 or 3"),
        ({"first_months": "until_dunning_deadline", "table": TABLE}, "no billing record carries"),
        ({"first_months": 3, "table": []}, "at least one"),
        ({"first_months": 3, "table": [TABLE[1], TABLE[0]]}, "the day after"),
        ({"first_months": 3, "table": [TABLE[0], TABLE[0]]}, "the day after"),
        ({"first_months": 3, "table": [{**TABLE[0], "to": None}, TABLE[1]]}, "the day after"),
        ({"first_months": 3, "table": [{**TABLE[0], "to": "2020-12-31"}]}, "before `from`"),
        ({"first_months": 3, "table": [{**TABLE[0], "from": "2021"}]}, "from is a date"),
        ({"first_months": 3, "table": [{**TABLE[0], "first_permille": 2.5}]}, "whole number"),
        ({"first_months": 3, "table": [{**TABLE[0], "more": 1}]}, "exactly"),
    ],
)
def test_rules_that_break_a_rule_are_refused_by_name(value, named):
    with pytest.raises(ValueError, match=named):
        late_charge_rules(value)
