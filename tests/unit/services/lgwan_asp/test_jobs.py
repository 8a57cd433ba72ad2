"""The centre's jobs: each at its hour, the preliminary file at the hours of the settings."""

from __future__ import annotations

from datetime import time
from types import SimpleNamespace

from services.lgwan_asp.jobs.registry import JOBS, jobs_of
from services.lgwan_asp.settings import Settings


def test_the_preliminary_file_is_made_at_the_hours_of_the_settings():
    jobs = jobs_of(SimpleNamespace(preliminary_times=(time(9), time(15))))
    assert jobs["build_preliminary_file"].at == (time(9), time(15))
    assert jobs["build_preliminary_file"].every_day
    assert set(jobs) == set(JOBS)


def test_every_other_job_has_its_hour():
    without = {name for name, job in JOBS.items() if job.at is None and job.every_seconds is None}
    assert without == {"build_preliminary_file"}


def test_it_is_made_three_times_a_day_unless_told_otherwise():
    default = Settings.model_fields["preliminary_times"].default
    assert default == (time(11), time(14), time(20))
