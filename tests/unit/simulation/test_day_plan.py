"""The order of a day: what has to come before what, so that nothing waits a day for nothing."""

from __future__ import annotations

from datetime import date, datetime, time

from services.ward_gateway.domain.billing_uploads import RELEASE_BY
from shared.kit.clock import TOKYO, tokyo_time
from simulation.day_plan import MOMENTS, OUTSIDE, moments_between

MONDAY, SATURDAY = date(2025, 6, 2), date(2025, 6, 7)


def steps(day: date) -> list[tuple[time, int, str, str]]:
    """Return every job of a day: its time, the number of its wave, its party and its name."""
    moments = list(moments_between(tokyo_time(day), tokyo_time(day, 23, 59)))
    waves = [(instant, wave) for instant, moment in moments for wave in moment.waves]
    return [
        (_time(instant), number, party, job)
        for number, (instant, wave) in enumerate(waves)
        for party, jobs in wave
        for job in jobs
    ]


def _time(instant: datetime) -> time:
    return instant.astimezone(TOKYO).time()


def place(day: date, job: str) -> int:
    """Return where a job stands among the day's steps."""
    return next(place for place, (*_, name) in enumerate(steps(day)) if name == job)


def test_billing_data_is_prepared_after_both_terminals_have_collected() -> None:
    prepared = place(MONDAY, "prepare_billing")
    assert place(MONDAY, "collect_leased_line") < prepared
    assert place(MONDAY, "collect_lgwan") < prepared


def test_a_second_person_stands_between_preparing_and_sending() -> None:
    of = {name: (at, wave, party) for at, wave, party, name in steps(MONDAY)}
    assert of["prepare_billing"][1] < of["release_uploads"][1] < of["upload_billing"][1]
    assert of["release_uploads"][2] == OUTSIDE
    assert of["upload_billing"][0] < RELEASE_BY


def test_the_centre_makes_several_preliminary_files_on_a_business_day() -> None:
    times = [at for at, *_, name in steps(MONDAY) if name == "build_preliminary_file"]
    assert times == [time(14), time(20)]
    assert [at for at, *_, name in steps(SATURDAY) if name == "build_preliminary_file"] == [
        time(20)
    ]


def test_every_preliminary_file_of_midday_is_collected_at_once() -> None:
    midday = [(wave, name) for at, wave, _, name in steps(MONDAY) if at == time(14)]
    (made,) = (wave for wave, name in midday if name == "build_preliminary_file")
    (collected,) = (wave for wave, name in midday if name == "collect_lgwan")
    assert made < collected


def test_moments_of_one_kind_of_day_rise_in_time() -> None:
    for kind in (True, False):
        times = [(m.hour, m.minute) for m in MOMENTS if m.on_business_days is kind]
        assert times == sorted(times)
