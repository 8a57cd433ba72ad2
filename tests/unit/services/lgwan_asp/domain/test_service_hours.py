"""Closed hours, outages and service days, at their edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from services.lgwan_asp.domain.service_hours import (
    OutageKind,
    Service,
    closed_hours,
    outage_is_possible,
    service_at,
    service_day,
)

# Pay-easy of one prefecture rests on Mondays from 01:00 to 07:00 (DOMAIN §2.4).
HOURS = closed_hours(
    [
        {"weekday": "monday", "from": "01:00", "to": "07:00"},
        {"weekday": "sunday", "from": "23:30", "to": "24:00"},
    ]
)
MONDAY, SUNDAY, TUESDAY = date(2025, 6, 2), date(2025, 6, 8), date(2025, 6, 3)
NOW = datetime(2025, 6, 2, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "service"),
    [
        (MONDAY, time(0, 59, 59), Service.OPEN),
        (MONDAY, time(1), Service.CLOSED),
        (MONDAY, time(6, 59, 59), Service.CLOSED),
        (MONDAY, time(7), Service.OPEN),
        (TUESDAY, time(1), Service.OPEN),
        (SUNDAY, time(23, 29), Service.OPEN),
        (SUNDAY, time(23, 59, 59), Service.CLOSED),
    ],
)
def test_closed_hours_hold_from_their_first_second_to_before_their_end(day, at, service):
    assert service_at(datetime.combine(day, at), HOURS, None) is service


def test_down_is_worse_than_closed_and_a_planned_outage_is_closed():
    closed = datetime.combine(MONDAY, time(2))
    assert service_at(closed, HOURS, OutageKind.DOWN) is Service.DOWN
    opened = datetime.combine(MONDAY, time(12))
    assert service_at(opened, HOURS, OutageKind.PLANNED) is Service.CLOSED


@pytest.mark.parametrize(
    ("at", "start", "day"),
    [
        (time(0), time(0), TUESDAY),
        (time(23, 59), time(0), TUESDAY),
        (time(2, 59), time(3), MONDAY),
        (time(3), time(3), TUESDAY),
    ],
)
def test_a_service_day_begins_at_its_hour(at, start, day):
    assert service_day(datetime.combine(TUESDAY, at), start) == day


@pytest.mark.parametrize(
    ("starts", "ends", "possible"),
    [
        (1, 2, True),
        (-2, 1, True),
        (0, 7 * 24, True),
        (0, 7 * 24 + 1, False),
        (2, 2, False),
        (2, 1, False),
        (-2, 0, False),
    ],
)
def test_an_outage_ends_after_its_start_and_now_and_within_seven_days(starts, ends, possible):
    hours = timedelta(hours=1)
    assert outage_is_possible(NOW + starts * hours, NOW + ends * hours, NOW) is possible


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("monday", "a list"),
        ([{"weekday": "monday", "from": "01:00"}], "exactly weekday, from and to"),
        ([{"weekday": "Mon", "from": "01:00", "to": "02:00"}], "weekday"),
        ([{"weekday": "monday", "from": "24:00", "to": "24:00"}], "from"),
        ([{"weekday": "monday", "from": "01:00", "to": "7"}], "to is a time"),
        ([{"weekday": "monday", "from": "23:00", "to": "01:00"}], "two entries"),
        ([{"weekday": "monday", "from": "01:00", "to": "01:00"}], "two entries"),
    ],
)
def test_closed_hours_that_break_a_rule_are_refused_by_name(value, named):
    with pytest.raises(ValueError, match=named):
        closed_hours(value)
