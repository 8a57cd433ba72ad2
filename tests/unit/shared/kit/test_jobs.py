"""When a job is due; that it runs once at a time is tested with PostgreSQL."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from shared.kit.clock import tokyo_time
from shared.kit.jobs import Job, is_due, registry

FRIDAY, SATURDAY, MONDAY = date(2025, 6, 6), date(2025, 6, 7), date(2025, 6, 9)


async def nothing(_: object) -> dict[str, int]:
    return {}


MORNING = Job("morning", nothing, "Rises.", at=time(6))
EVENING = Job("evening", nothing, "Sets.", at=time(20), every_day=True)
OFTEN = Job("often", nothing, "Asks.", every_seconds=60)
BY_HAND = Job("by_hand", nothing, "Waits to be asked.")


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        (tokyo_time(FRIDAY, 5, 59), tokyo_time(FRIDAY, 5, 59), False),
        (tokyo_time(FRIDAY, 5, 59), tokyo_time(FRIDAY, 6), True),
        (tokyo_time(FRIDAY, 5, 59), tokyo_time(FRIDAY, 23), True),
        (tokyo_time(FRIDAY, 6), tokyo_time(FRIDAY, 6, 1), False),
        (tokyo_time(FRIDAY, 7), tokyo_time(FRIDAY, 23), False),
        (tokyo_time(FRIDAY, 7), tokyo_time(MONDAY, 6), True),
    ],
)
def test_a_job_of_a_time_of_day_is_due_once_when_that_time_has_come(last, now, expected):
    assert is_due(MORNING, last, now) is expected


def test_a_job_of_business_days_rests_on_the_others():
    assert not is_due(MORNING, tokyo_time(SATURDAY), tokyo_time(SATURDAY, 12))
    assert not is_due(MORNING, tokyo_time(date(2026, 1, 2)), tokyo_time(date(2026, 1, 2), 12))


def test_a_job_of_every_day_does_not_rest():
    assert is_due(EVENING, tokyo_time(SATURDAY), tokyo_time(SATURDAY, 20))


def test_a_job_with_an_interval_is_due_when_that_much_business_time_has_passed():
    start = tokyo_time(SATURDAY)
    assert not is_due(OFTEN, start, start + timedelta(seconds=59))
    assert is_due(OFTEN, start, start + timedelta(seconds=60))


def test_a_job_without_a_time_is_never_due():
    assert not is_due(BY_HAND, tokyo_time(FRIDAY), tokyo_time(MONDAY))


def test_a_registry_finds_jobs_by_name():
    assert registry(MORNING, OFTEN) == {"morning": MORNING, "often": OFTEN}


def test_a_job_of_several_times_a_day_is_due_at_each_of_them_once():
    job = Job("preliminary", nothing, "", at=(time(11), time(14), time(20)), every_day=True)
    last, ran = tokyo_time(SATURDAY), []
    for hour in range(1, 24):
        now = tokyo_time(SATURDAY, hour)
        if is_due(job, last, now):
            last = now
            ran.append(hour)
    assert ran == [11, 14, 20]
    assert is_due(job, tokyo_time(SATURDAY), tokyo_time(SATURDAY, 23))
