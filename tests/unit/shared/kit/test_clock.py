"""Business time and machine time; moving a stored clock is tested with PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kit.clock import (
    ClockMode,
    MeshClock,
    SystemClock,
    machine_now,
    tokyo_date,
    tokyo_time,
)

MONDAY = datetime(2025, 6, 2, 1, 0, tzinfo=UTC)


def test_machine_time_is_aware_and_in_utc():
    assert machine_now().tzinfo is UTC


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2025, 3, 31, 14, 59, 59, tzinfo=UTC), date(2025, 3, 31)),
        (datetime(2025, 3, 31, 15, 0, 0, tzinfo=UTC), date(2025, 4, 1)),
        (datetime(2025, 3, 31, 23, 0, tzinfo=timezone(timedelta(hours=-5))), date(2025, 4, 1)),
    ],
)
def test_a_day_in_tokyo_begins_at_15_hours_utc(instant, day):
    assert tokyo_date(instant) == day


def test_a_wall_clock_time_in_tokyo_is_an_instant_in_utc():
    assert tokyo_time(date(2025, 6, 2), 10) == MONDAY
    assert tokyo_time(date(2025, 6, 2)).isoformat() == "2025-06-01T15:00:00+00:00"


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 23), st.integers(0, 59))
def test_every_minute_of_a_day_in_tokyo_is_on_that_day(day, hour, minute):
    assert tokyo_date(tokyo_time(day, hour, minute)) == day


def test_outside_the_sandbox_business_time_is_the_machines():
    clock = SystemClock()
    before, now, after = machine_now(), clock.now(), machine_now()
    assert before <= now <= after
    assert clock.today() in {tokyo_date(before), tokyo_date(machine_now())}


def test_a_frozen_clock_stands():
    clock = MeshClock(MONDAY, ClockMode.FROZEN, set_at=machine_now() - timedelta(days=3))
    assert clock.now() == MONDAY
    assert clock.today() == date(2025, 6, 2)


def test_a_running_clock_goes_on_from_where_it_was_set():
    set_at = machine_now() - timedelta(hours=2)
    clock = MeshClock(MONDAY, ClockMode.RUNNING, set_at)
    passed = clock.now() - MONDAY
    assert timedelta(hours=2) <= passed <= machine_now() - set_at


def test_a_running_clock_never_stands_before_its_instant():
    clock = MeshClock(MONDAY, ClockMode.RUNNING, set_at=machine_now() + timedelta(hours=1))
    assert clock.now() == MONDAY


def test_a_running_clock_that_was_never_set_stands():
    assert MeshClock(MONDAY, ClockMode.RUNNING).now() == MONDAY


def test_a_clock_takes_what_its_row_says():
    clock = MeshClock(MONDAY)
    later, set_at = MONDAY + timedelta(days=1), machine_now()
    clock.take(later, ClockMode.FROZEN, set_at)
    assert (clock.now(), clock.mode, clock.set_at) == (later, ClockMode.FROZEN, set_at)
